/** Encryption between a handler and what its job keeps: results of steps, checkpoints (ojs-durable-execution). */
import { stringifyJson } from "../core/json.ts";
import { isJsonObject, type JsonObject } from "../core/json-object.ts";
import { STEPS_MEMBER } from "../core/kept-steps.ts";
import type { JobContext } from "../middleware/job-context.ts";
import type { ExecutionChanges } from "../middleware/middleware.ts";
import { isSealed, openAt, sealerFor } from "./bound-value.ts";
import { CodecError } from "./codec-error.ts";
import type { KeyCache } from "./key-cache.ts";

/** How what a job keeps is encrypted. */
export interface KeepPlan {
  readonly keys: KeyCache;
  /** Whether it is. What is there in encrypted form is read in any case. */
  readonly seals: boolean;
  /** Whether nothing is taken that an earlier attempt has left in plain form. */
  readonly required: boolean;
}

/** What the handler is to see instead. */
export async function readableWork(
  job: JobContext,
  plan: KeepPlan,
): Promise<Pick<ExecutionChanges, "step" | "checkpoint" | "resumeFrom">> {
  const resumeFrom = await readableState(job, plan);
  const step: JobContext["step"] = (name, work) => encryptedStep(job, name, work, plan);
  if (!plan.seals) return { step, resumeFrom };
  const checkpoint = async (state: unknown): Promise<void> => {
    const text = stringifyJson(state);
    await job.checkpoint(await (await sealerFor(job.id, plan.keys))(text, "checkpoint"));
  };
  return { step, checkpoint, resumeFrom };
}

/** Steps are read one by one, when they are reached. */
async function readableState({ id, resumeFrom: state }: JobContext, { keys, required }: KeepPlan): Promise<unknown> {
  if (state === undefined || stepsIn(state) !== undefined) return state;
  if (required && !isSealed(state)) throw plainWork("A checkpoint");
  return openAt(state, { jobId: id, part: "checkpoint" }, keys);
}

async function encryptedStep<T>(
  job: JobContext,
  name: string,
  work: () => T | Promise<T>,
  { keys, seals, required }: KeepPlan,
): Promise<T> {
  let made: { readonly json: string | undefined } | undefined;
  const kept: unknown = await job.step<unknown>(name, async () => {
    if (!seals) return work();
    // Before the work: work that is done and cannot be kept would be done again.
    const sealed = await sealerFor(job.id, keys);
    const value = await work();
    const json = jsonOf(value);
    if (json === REFUSED) return value;
    made = { json };
    return sealed(json, `step ${name}`);
  });
  if (made !== undefined) return (made.json === undefined ? undefined : JSON.parse(made.json)) as T;
  if (required && !isSealed(kept)) throw plainWork(`The result of the step "${name}"`);
  return (await openAt(kept, { jobId: job.id, part: `step ${name}` }, keys)) as T; // an earlier attempt of the same step has returned it
}

const REFUSED = Symbol("refused");

/** What JSON cannot carry is left to the step itself, which says so and ends the job. */
function jsonOf(value: unknown): string | undefined | typeof REFUSED {
  if (value === undefined) return undefined;
  try {
    return stringifyJson(value);
  } catch {
    return REFUSED;
  }
}

/** The pairs of name and result in a checkpoint of steps; undefined when it is another one. */
function stepsIn(state: unknown): readonly unknown[] | undefined {
  const steps = isJsonObject(state) ? state[STEPS_MEMBER] : undefined;
  return Array.isArray(steps) ? steps : undefined;
}

/** A checkpoint as its handler gave it; of steps, the results. */
export async function readableCheckpoint(jobId: string, state: unknown, keys: KeyCache): Promise<unknown> {
  const steps = stepsIn(state);
  if (steps === undefined) return openAt(state, { jobId, part: "checkpoint" }, keys);
  const opened = await Promise.all(steps.map((entry) => readableStep(jobId, entry, keys)));
  return { ...(state as JsonObject), [STEPS_MEMBER]: opened };
}

async function readableStep(jobId: string, entry: unknown, keys: KeyCache): Promise<unknown> {
  if (!Array.isArray(entry) || entry.length < 2) return entry;
  const [name, value] = entry;
  const opened = await openAt(value, { jobId, part: `step ${name}` }, keys);
  return opened === undefined ? [name] : [name, opened];
}

function plainWork(what: string): CodecError {
  return new CodecError(
    "not_encrypted",
    `${what} of an earlier attempt is not encrypted, and this worker wants it to be.`,
  );
}
