/** The worker's types as its users meet them; compiling this file is the test. */
import {
  DeadLetterError,
  DiscardError,
  type Duration,
  type JobAbortError,
  type JobContext,
  type JobHandler,
  OjsWorker,
  type OjsWorkerState,
  OutcomeError,
  RetryError,
  SnoozeError,
  type WorkerOptions,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_: T | undefined): void {}

const options: WorkerOptions = { url: "http://localhost:8080", queues: ["a"] as const, concurrency: 3 };
const worker = new OjsWorker(options);
new OjsWorker();
// @ts-expect-error -- a number of jobs, not a text
new OjsWorker({ concurrency: "3" });
// @ts-expect-error -- no such option
new OjsWorker({ concurency: 3 });
// @ts-expect-error -- absent and undefined are not the same
new OjsWorker({ id: undefined });

// Arguments are unknown until somebody promises more.
worker.register("any", (job) => {
  isTrue<Equal<typeof job.args, readonly unknown[]>>(undefined);
  isTrue<Equal<ReturnType<typeof job.arg>, unknown>>(undefined);
  isTrue<Equal<typeof job.signal, AbortSignal>>(undefined);
  isTrue<Equal<typeof job.attempt, number>>(undefined);
});

// They come from the handler …
interface Email {
  readonly to: string;
}
worker.register("email.send", async (job: JobContext<readonly [Email, number?]>) => {
  const [{ to }, retries] = job.args;
  isTrue<Equal<typeof to, string>>(undefined);
  isTrue<Equal<typeof retries, number | undefined>>(undefined);
});
// … or from the registration.
worker.register<[string], number>("length", (job) => job.args[0].length);
// @ts-expect-error -- the result was promised to be a number
worker.register<[string], number>("length", (job) => job.args[0]);

// Handlers may be synchronous, return nothing, and be chained.
const handler: JobHandler = () => undefined;
worker.register("a", handler).register("b", async () => {});
// @ts-expect-error -- a handler is a function
worker.register("c", undefined);

isTrue<Equal<typeof worker.state, OjsWorkerState>>(undefined);
isTrue<Equal<ReturnType<typeof worker.start>, Promise<void>>>(undefined);
isTrue<Equal<Parameters<typeof worker.stop>[0], { readonly grace?: Duration } | undefined>>(undefined);
// @ts-expect-error -- read only
worker.state = "quiet";

async function atTheEnd(): Promise<void> {
  await using short = new OjsWorker();
  await short.run({ signal: AbortSignal.timeout(1_000) });
}
void atTheEnd;

const cause: JobAbortError["cause"] = "timeout";
const codes: ["DISCARD", "DEAD_LETTER", "SNOOZE", "RETRY"] = [
  new DiscardError("no").code,
  new DeadLetterError("no", { type: "t", details: { host: "db" } }).code,
  new SnoozeError("5m", "not yet").code,
  new RetryError({ after: 1_000, message: "busy", cause }).code,
];
void [cause, codes];
// @ts-expect-error -- a retry without a delay is any other error
void new RetryError({ message: "busy" });
// @ts-expect-error -- there is nothing to throw but its kinds
void new OutcomeError("no", {});

worker.register("report.build", async (job) => {
  job.progress(0.5);
  job.progress({ current: 1, total: 2, message: "half" }, { file: "a.csv" });
  // @ts-expect-error -- a count needs to know of what
  job.progress({ current: 1 });
  const charge = await job.step("charge", async () => ({ id: "ch_1" }));
  isTrue<Equal<typeof charge, { id: string }>>(undefined);
  isTrue<Equal<Awaited<ReturnType<typeof job.step<number>>>, number>>(undefined);
  // @ts-expect-error -- a step needs a name
  await job.step(async () => 1);
  isTrue<Equal<typeof job.resumeFrom, unknown>>(undefined);
  await job.checkpoint({ cursor: 1 });
  job.log.info("done", { charge });
  job.metadata.startedBy = "test";
  // @ts-expect-error -- what is in it can change, it cannot
  job.metadata = {};
});

new OjsWorker({ queues: ["a", { name: "b", concurrency: 3 }, { name: "c" }] });
// @ts-expect-error -- a limit is of a queue with a name
new OjsWorker({ queues: [{ concurrency: 3 }] });
worker.register("report.build", () => 1, { concurrency: 2 });
// @ts-expect-error -- a number of jobs, not a text
worker.register("report.build", () => 1, { concurrency: "2" });
