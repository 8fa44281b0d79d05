/** What a handler is called with, without a worker or a server: for tests of one handler. */
import { refusedOption } from "../core/codec/enqueue-options-encode.ts";
import { present } from "../core/codec/wire-values.ts";
import { misfit, readArgs } from "../core/definition/args-schema.ts";
import type { JobDescription } from "../core/definition/define-job.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import { stringifyJson } from "../core/json.ts";
import { argOf } from "../middleware/argument.ts";
import type { JobContext } from "../middleware/job-context.ts";
import type { AbortCause } from "../worker/abort-reason.ts";
import { createHoldings, type Holding } from "../worker/holdings.ts";
import { createJobContext } from "../worker/job-context.ts";
import { encodeStep, encodeSteps } from "../worker/step-record.ts";
import { type AnyJobParts, BUILT_AT, type DefinedJobParts, type JobParts, jobFrom } from "./build-job.ts";
import { ContextRecorder, type RecordedWork } from "./context-record.ts";

/** What an earlier attempt has left: one of the two, as a handler has one. */
export interface EarlierWork {
  /** Results of the steps that are done, by their names and in their order: `job.step` returns them. */
  readonly steps?: Readonly<Record<string, unknown>>;
  /** The state of the last `job.checkpoint`. */
  readonly resumeFrom?: unknown;
}

/** What a context does things with, if the test has its own; nothing of these is recorded then. */
export type ContextTools = Partial<Pick<JobContext, "signal" | "log" | "metadata" | "progress" | "heartbeat" | "step">>;

/** What is to be built beside the job. */
export interface ContextParts extends EarlierWork, ContextTools {}

/** The context of a handler under test. */
export interface TestContext<Args extends readonly unknown[] = readonly unknown[]> extends JobContext<Args> {
  /** What the handler has done with its context so far. */
  readonly recorded: RecordedWork;
  /**
   * Tells the handler to stop, with the `JobAbortError` that a worker would give as its signal's reason.
   *
   * @param cause Default `"cancelled"`.
   */
  abort(cause?: AbortCause): void;
}

/**
 * Builds what a handler is called with: the context that a worker makes, here of a job in its first attempt. Steps,
 * checkpoints and the signal behave as they do in a worker; `recorded` has what the handler did with them, and its log
 * lines. With a definition that has a schema the arguments are what the schema makes of them.
 *
 * @param parts Members of the job as for {@link buildJob}, and what an earlier attempt has left.
 * @throws OjsValidationError as {@link buildJob}, for arguments that do not fit their schema, and for a schema that needs time.
 * @example
 * const job = buildContext({ type: sendEmail, args: ["ada@example.com", "welcome"], attempt: 2 });
 * expect(await handleEmail(job)).toEqual({ messageId: "m-1" });
 * expect(job.recorded.progress).toEqual([{ progress: 1 }]);
 */
export function buildContext<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
  parts: DefinedJobParts<Input, Result, Args, Returned> & ContextParts,
): TestContext<Args>;
/** The same of a type by its name. */
export function buildContext<Args extends JobArgs | [] = readonly [], Result = unknown>(
  parts?: JobParts<Args, Result> & ContextParts,
): TestContext<TravelledArgs<Args>>;
export function buildContext(parts: AnyJobParts & ContextParts = {}): TestContext {
  const { steps, resumeFrom, signal, log, metadata, progress, heartbeat, step, ...ofJob } = parts;
  const holding = held({ state: "active", ...ofJob, ...checkpointOf(steps, resumeFrom) });
  const recorder = new ContextRecorder();
  const context = contextOf(holding, recorder);
  const args = readNow(ofJob.type, holding.job.args);
  const own = {
    args,
    arg: (name: string) => argOf(args, name),
    ...recorder.around(context),
    ...present<ContextTools>({ signal, log, metadata, progress, heartbeat, step }),
    recorded: recorder,
    abort: (cause?: AbortCause) => stop(holding, cause),
  };
  // Not a copy: what a context can do is behind accessors.
  const built: TestContext = Object.create(context, Object.getOwnPropertyDescriptors(own));
  return built;
}

/** A job under a lease that does not end. */
function held(parts: AnyJobParts): Holding {
  return createHoldings().add(jobFrom(parts), Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
}

function contextOf(holding: Holding, recorder: ContextRecorder): JobContext {
  const done = async (): Promise<void> => undefined;
  return createJobContext(holding, {
    workerId: holding.job.workerId ?? "test-worker",
    protocol: { checkpoint: done, progress: done },
    // Time stands still: nothing that a handler does here waits for a moment.
    clock: { now: () => BUILT_AT, schedule: () => () => undefined },
    random: () => 0,
    halted: new AbortController().signal,
    logger: recorder.logger(),
    beatFor: done,
  });
}

function stop(holding: Holding, cause: AbortCause = "cancelled"): void {
  if (cause === "cancelled" || cause === "lease_lost") holding.lose(cause);
  else holding.abort(cause);
}

/** The member of the job that an earlier attempt has left, as JSON carries it. */
function checkpointOf(steps: EarlierWork["steps"], resumeFrom: unknown): Pick<AnyJobParts, "checkpoint"> {
  if (steps === undefined && resumeFrom === undefined) return {};
  if (steps === undefined || resumeFrom === undefined) {
    const state = steps === undefined ? stringifyJson(resumeFrom) : encodeSteps(Object.entries(steps).map(encodedStep));
    return { checkpoint: { state: JSON.parse(state), sequence: 1 } };
  }
  throw refusedOption(
    "resumeFrom",
    "`steps` and `resumeFrom` exclude each other.",
    "Give what the handler uses: job.step() or job.checkpoint().",
  );
}

function encodedStep([name, result]: readonly [string, unknown]): string {
  return encodeStep(name, result === undefined ? undefined : stringifyJson(result));
}

/** Arguments as the handler of a definition gets them. */
function readNow(type: AnyJobParts["type"], args: readonly unknown[]): readonly unknown[] {
  const schema = isDescription(type) ? type.argsSchema : undefined;
  if (schema === undefined) return args;
  const reading = readArgs(schema, args);
  if (reading instanceof Promise) {
    throw refusedOption(
      "type",
      "The schema of the arguments is asynchronous.",
      "Give the type's name, and arguments as the schema makes them.",
    );
  }
  if (reading.fits) return reading.value;
  throw misfit(reading.issues);
}

function isDescription(type: AnyJobParts["type"]): type is JobDescription {
  return typeof type === "object";
}
