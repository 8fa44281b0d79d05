/** Recurring jobs through a client's middleware: what they enqueue later has passed it already (ojs-middleware §3). */
import type { CronJobChanges, CronJobInput } from "../core/codec/cron-definition.ts";
import { ojsError } from "../core/errors.ts";
import { isDropped, passThrough } from "../middleware/enqueue-chain.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { inputOf, outgoingJob } from "../middleware/outgoing.ts";

/**
 * Registers a recurring job as middleware has made it, or changes one.
 *
 * @throws OjsValidationError when the job was dropped; what middleware or `send` throws.
 */
export async function submitCronJob<C extends CronJobInput | (CronJobChanges & { readonly type: string }), T>(
  chain: readonly Middleware[],
  job: C,
  send: (job: C) => Promise<T>,
): Promise<T> {
  let sent: { readonly answer: T } | undefined;
  const { type, args, options, ...schedule } = job;
  const input = { type, args, ...(options === undefined ? {} : { options }) };
  const passage = await passThrough(chain, outgoingJob(input, "cron"), async (final) => {
    // `schedule` and a job are what a C is made of.
    sent = { answer: await send({ ...schedule, ...inputOf(final) } as C) };
    return { job: final };
  });
  if (sent !== undefined) return sent.answer;
  const by = isDropped(passage) ? ` "${passage.droppedBy}"` : "";
  throw ojsError("invalid_request", `The middleware${by} dropped the recurring job, so it was not registered.`, {
    hint: "Do not register it, or do not drop jobs whose via is 'cron'.",
  });
}

/**
 * Whether a change is about the job and not about its schedule. Middleware must see all of the job then: what it made of the
 * arguments that are there cannot be told from arguments.
 *
 * @throws OjsValidationError when a part of the job is missing.
 */
export function changesJob(changes: CronJobChanges): changes is CronJobChanges & { readonly type: string } {
  const { type, args, options } = changes;
  if (type === undefined && args === undefined && options === undefined) return false;
  if (type !== undefined && args !== undefined) return true;
  throw ojsError("invalid_request", "With middleware, a recurring job's type, args and options are changed together.", {
    hint: "Give type and args too, or register the job again.",
    details: { field: type === undefined ? "type" : "args" },
    operation: "updateCronJob",
  });
}
