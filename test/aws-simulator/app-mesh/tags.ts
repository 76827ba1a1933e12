import type {
  ListTagsForResourceInput,
  TagResourceInput,
  UntagResourceInput,
} from "@aws-sdk/client-app-mesh";
import { type Operations, read, write } from "../operation.ts";
import { notFound } from "./metadata.ts";
import type { AppMeshState } from "./records.ts";

const tagsOf = (state: AppMeshState, arn: string | undefined): Readonly<Record<string, string>> => {
  const found = state.tags.get(arn ?? "");
  if (!found) throw notFound(`There is no resource with ARN ${arn ?? ""}`);
  return found;
};

/** Tags of every kind of resource. */
export const appMeshTagOperations: Operations = {
  ListTagsForResource: read(({ state: { appMesh } }, input: ListTagsForResourceInput) => ({
    tags: Object.entries(tagsOf(appMesh, input.resourceArn)).map(([key, value]) => ({ key, value })),
  })),

  TagResource: write(({ state: { appMesh } }, input: TagResourceInput) => {
    const added = Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
    appMesh.tags.set(input.resourceArn ?? "", { ...tagsOf(appMesh, input.resourceArn), ...added });
    return {};
  }),

  UntagResource: write(({ state: { appMesh } }, input: UntagResourceInput) => {
    const kept = Object.entries(tagsOf(appMesh, input.resourceArn)).filter(
      ([key]) => !input.tagKeys?.includes(key),
    );
    appMesh.tags.set(input.resourceArn ?? "", Object.fromEntries(kept));
    return {};
  }),
};
