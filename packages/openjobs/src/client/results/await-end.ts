/** One wait: until the job or workflow has ended, the time is over, or the caller has had enough. */
import { onAbort } from "../../core/abort-listeners.ts";
import { type OjsErrorExtra, ojsError } from "../../core/errors.ts";
import { readTimeout } from "../read-timeout.ts";
import type { Requester } from "../requester.ts";
import type { ResultHub } from "./result-hub.ts";
import type { ResultOptions } from "./result-options.ts";

/** What is waited for. */
export interface Awaited {
  readonly id: string;
  readonly queue?: string;
  /** In errors: `Job ID`. */
  readonly name: string;
  readonly about: OjsErrorExtra;
  /** What a wait that is too long does not end, and what to do about that. */
  readonly goesOn: { readonly aborted: string; readonly late: string };
}

/**
 * Resolves with how it has ended.
 *
 * @throws OjsTimeoutError; OjsError `aborted`; what the server refuses.
 */
export async function awaitEnd<Outcome>(
  hub: ResultHub<Outcome>,
  { options: { clock } }: Requester,
  awaited: Awaited,
  { timeout, signal }: ResultOptions,
): Promise<Outcome> {
  const timeoutMs = readTimeout("timeout", timeout);
  if (signal?.aborted) throw aborted(signal, awaited);
  const ends: (() => void)[] = [];
  const outcome = new Promise<Outcome>((resolve, reject) => {
    ends.push(hub.join(awaited, { ended: resolve, failed: reject }));
    ends.push(onAbort(signal, () => reject(aborted(signal, awaited))));
    if (timeoutMs === undefined) return;
    ends.push(clock.schedule(clock.now() + timeoutMs, () => reject(late(timeoutMs, awaited))));
  });
  try {
    return await outcome;
  } finally {
    for (const end of ends) end();
  }
}

/**
 * What is waited for, if it has an id: a program that was not compiled may give anything, often the promise of it.
 *
 * @throws OjsValidationError
 */
export function named<Named extends { readonly id: string }>(given: Named, operation: string): Named {
  if (typeof given?.id === "string") return given;
  throw ojsError("invalid_request", `What \`${operation}\` waits for has no id.`, {
    operation,
    details: { field: "id" },
    hint: "Give what the call that made it resolves with, after an `await`, or its id.",
  });
}

function aborted(signal: AbortSignal | undefined, { about, goesOn }: Awaited): Error {
  return ojsError("aborted", "The wait for a result was aborted by the caller.", {
    ...about,
    cause: signal?.reason,
    hint: goesOn.aborted,
  });
}

function late(timeoutMs: number, { name, about, goesOn }: Awaited): Error {
  return ojsError("timeout", `${name} has not ended within ${timeoutMs} ms.`, { ...about, hint: goesOn.late });
}
