import { type OperationContext, ServiceError } from "../operation.ts";
import type { AppMeshState, Metadata } from "./records.ts";

/** 400, for a request that breaks a constraint. */
export const badRequest = (message: string): ServiceError =>
  new ServiceError("BadRequestException", message, 400);

/** 404, e.g. `There is no route named x in mesh y`. */
export const notFound = (message: string): ServiceError =>
  new ServiceError("NotFoundException", message, 404);

/** 409. */
export const conflict = (message: string): ServiceError =>
  new ServiceError("ConflictException", message, 409);

type Context = Pick<OperationContext, "account" | "region" | "now" | "newId">;

/** Metadata of a new resource; `path` is its ARN after `mesh/`. */
export const created = ({ account, region, now, newId }: Context, path: string): Metadata => ({
  arn: `arn:aws:appmesh:${region}:${account}:mesh/${path}`,
  uid: [8, 4, 4, 4, 12].map((length) => newId(length)).join("-"),
  owner: account,
  version: 1,
  createdAt: now,
  updatedAt: now,
});

/** Metadata after an update. */
export const updated = (metadata: Metadata, now: number): Metadata => ({
  ...metadata,
  version: metadata.version + 1,
  updatedAt: now,
});

/** Metadata as answers show it. */
export const presentMetadata = (metadata: Metadata) => ({
  arn: metadata.arn,
  version: metadata.version,
  uid: metadata.uid,
  createdAt: new Date(metadata.createdAt),
  lastUpdatedAt: new Date(metadata.updatedAt),
  meshOwner: metadata.owner,
  resourceOwner: metadata.owner,
});

/** Every resource here is ACTIVE from the start. */
export const ACTIVE = { status: "ACTIVE" } as const;

const MAX_TOKEN_LENGTH = 36;
/** Tokens remembered per region. */
const MAX_TOKENS = 10_000;

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
};

/**
 * Notes what a client token stands for. True: the same request was seen before, and has its effect already. Throws
 * ConflictException when the token stood for another request, BadRequestException when it is too long.
 */
export const seenBefore = (
  state: AppMeshState,
  operation: string,
  input: { readonly clientToken?: string | undefined },
): boolean => {
  const { clientToken, ...request } = input;
  if (clientToken === undefined) return false;
  if (clientToken.length < 1 || clientToken.length > MAX_TOKEN_LENGTH) {
    throw badRequest(`clientToken must have 1 to ${MAX_TOKEN_LENGTH} characters`);
  }
  const text = JSON.stringify(sorted([operation, request]));
  const known = state.tokens.get(clientToken);
  if (known !== undefined && known !== text) {
    throw conflict(
      "The request contains a client token that was used for another request with different parameters.",
    );
  }
  state.tokens.set(clientToken, text);
  const oldest = state.tokens.size > MAX_TOKENS ? state.tokens.keys().next().value : undefined;
  if (oldest !== undefined) state.tokens.delete(oldest);
  return known !== undefined;
};
