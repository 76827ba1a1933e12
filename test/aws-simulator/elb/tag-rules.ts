import type { Tag } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ServiceError, validationError } from "../operation.ts";

/** Letters, digits, spaces and + - = . _ : / @ (source: API reference, Tag). So `@all` is a valid value, `*` is not. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const MAX_TAGS = 50;

const check = (tag: Tag): void => {
  const key = tag.Key ?? "";
  const value = tag.Value ?? "";
  if (key.length < 1 || key.length > 128)
    throw validationError("Tag keys must be between 1 and 128 characters long");
  if (value.length > 256) throw validationError("Tag values must be at most 256 characters long");
  if (!ALLOWED.test(key)) throw validationError(`Tag key '${key}' contains invalid characters`);
  if (!ALLOWED.test(value)) throw validationError(`Tag value '${value}' contains invalid characters`);
  if (key.toLowerCase().startsWith("aws:"))
    throw validationError(`Tag key '${key}' cannot start with 'aws:'`);
};

/** Adds `tags` to `existing`. Throws ValidationError, DuplicateTagKeys or TooManyTags. */
export const mergeTags = (
  existing: Readonly<Record<string, string>>,
  tags: readonly Tag[],
): Readonly<Record<string, string>> => {
  for (const tag of tags) check(tag);
  if (new Set(tags.map((tag) => tag.Key)).size < tags.length) {
    throw new ServiceError("DuplicateTagKeys", "A tag key was specified more than once");
  }
  const merged = { ...existing, ...Object.fromEntries(tags.map((tag) => [tag.Key ?? "", tag.Value ?? ""])) };
  if (Object.keys(merged).length > MAX_TAGS) {
    throw new ServiceError("TooManyTags", "You've reached the limit on the number of tags for this resource");
  }
  return merged;
};
