/** The bound on request bodies, the same through every door (ojs-payload-limits). */
import { type OjsError, ojsError } from "../core/errors.ts";

/** The error for a body of `actual` bytes, or as many as had arrived when it was refused. */
export function bodyTooLarge(actual: number, max: number): OjsError {
  return ojsError("payload_too_large", `The request body is larger than ${max} bytes.`, {
    details: { field: "body", actual, max },
    hint: "Split the batch, or store large payloads elsewhere and send a reference.",
  });
}

/** A body that is there already, as {@link import("./handler.ts").Incoming.readBody} gives it. */
export async function boundedBody(body: string | undefined, max: number): Promise<string | undefined> {
  const actual = body === undefined ? 0 : Buffer.byteLength(body);
  if (actual > max) throw bodyTooLarge(actual, max);
  return body;
}
