import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

/** The whole body as text; the SDK compresses large PutMetricData requests. */
export const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
};
