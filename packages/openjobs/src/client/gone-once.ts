/** Removing what may be gone already, because an earlier try has removed it and its answer got lost. */
import { OjsError, OjsNotFoundError } from "../core/errors.ts";
import type { Call, RequestOptions } from "./call.ts";
import type { Requester } from "./requester.ts";

/** Makes a call that removes something; what is gone already when it is repeated was removed by the first try. */
export async function goneOnce(
  requester: Requester,
  call: Call<void>,
  request: RequestOptions | undefined,
): Promise<void> {
  try {
    await requester.run(call, request);
  } catch (error) {
    if (!wasRepeated(error) || !(error instanceof OjsNotFoundError)) throw error;
  }
}

/** Whether the request that failed was not the first one of its call. */
export function wasRepeated(error: unknown): boolean {
  return error instanceof OjsError && (error.attempts ?? 1) > 1;
}
