import type { ServiceError } from "./operation.ts";

/** One page and the opaque token of the next, absent on the last page. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

const encode = (offset: number): string => Buffer.from(`offset:${offset}`).toString("base64url");

const decode = (token: string): number | undefined => {
  const match = /^offset:(\d+)$/.exec(Buffer.from(token, "base64url").toString("utf8"));
  return match ? Number(match[1]) : undefined;
};

/** Cuts `all` into pages of `size`. `invalid` makes the error for a token that did not come from here. */
export const page = <T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
  invalid: () => ServiceError,
): Page<T> => {
  const offset = token === undefined ? 0 : decode(token);
  if (offset === undefined) throw invalid();
  const items = all.slice(offset, offset + size);
  return offset + size < all.length ? { items, next: encode(offset + size) } : { items };
};
