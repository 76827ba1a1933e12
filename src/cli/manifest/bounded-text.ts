/** The API server takes no object above 3 MiB, and etcd by default none above 1.5 MiB. */
export const MAX_BYTES = 3 * 1_048_576;

/** The text of a stream, or a beginning of it that is larger than any manifest: what never ends fills no memory. */
export async function boundedText(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array);
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(parts).toString("utf8");
}
