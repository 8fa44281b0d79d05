/** What the client's types allow, and above all what they do not: plain tsc checks every `@ts-expect-error`. */
import { type Job, type JobArgs, OjsClient, OjsError } from "openjobs";

const client = new OjsClient({ url: "http://localhost:8080", apiKey: "k", timeout: "5s", retry: { retries: 1 } });

interface Mail {
  readonly to: string;
}
declare const mail: Mail;

/** Compiles only when both types are the same. */
function same<A>(): <B>(value: [A] extends [B] ? ([B] extends [A] ? true : never) : never) => void {
  return () => undefined;
}

export async function argumentsOfJobs(): Promise<void> {
  // An interface is fine: nothing asks for an index signature.
  const one = await client.enqueue("email.send", mail);
  same<typeof one.args>()<readonly [Mail]>(true);
  const many = await client.enqueue("report.build", [2026, "pdf"]);
  same<typeof many.args>()<(string | number)[]>(true);
  const tuple = await client.enqueue<[year: number, format: "pdf" | "csv"], { url: string }>("report.build", [
    2026,
    "pdf",
  ]);
  same<typeof tuple.args>()<[year: number, format: "pdf" | "csv"]>(true);
  same<typeof tuple.result>()<{ url: string } | undefined>(true);
  const none = await client.enqueue("cache.clear");
  same<typeof none.args>()<readonly []>(true);
  same<typeof none.result>()<unknown>(true);

  // @ts-expect-error a bigint cannot travel
  await client.enqueue("a", 1n);
  // @ts-expect-error undefined is not an argument's value; leave it out
  await client.enqueue<JobArgs>("a", Symbol("x"));
  // @ts-expect-error the type comes first
  await client.enqueue({ type: "a" });
  // @ts-expect-error not what the type parameters promise
  await client.enqueue<[number]>("a", ["one"]);
}

export async function optionsOfJobs(): Promise<void> {
  await client.enqueue("a", [], {
    id: "019b7000-0000-7000-8000-000000000001",
    queue: "q",
    priority: "high",
    delay: "5m",
    expiresAt: new Date(),
    timeout: 1_000,
    visibilityTimeout: "1m",
    retry: { maxAttempts: 5, initialInterval: "2s", backoffStrategy: "linear", onExhaustion: "dead_letter" },
    unique: { keys: ["type", "args"], period: "1h", states: ["available"], onConflict: "ignore" },
    tags: ["a"],
    meta: { trace: "t" },
    schema: "urn:x",
    pending: true,
  });
  await client.enqueue("a", [], { scheduledAt: "2026-01-01T00:00:00Z", priority: -100 });
  // @ts-expect-error misspelt
  await client.enqueue("a", [], { dealy: "5m" });
  // @ts-expect-error wire spelling
  await client.enqueue("a", [], { retry: { max_attempts: 5 } });
  // @ts-expect-error no such level
  await client.enqueue("a", [], { priority: "urgent" });
  // @ts-expect-error not a duration
  await client.enqueue("a", [], { delay: new Date() });
  // @ts-expect-error not a time
  await client.enqueue("a", [], { scheduledAt: 5 });
  // @ts-expect-error no such way out
  await client.enqueue("a", [], { retry: { onExhaustion: "dead-letter" } });
  // @ts-expect-error no such state
  await client.enqueue("a", [], { unique: { states: ["waiting"] } });
  // @ts-expect-error how the request is made is the argument after the options
  await client.enqueue("a", [], { signal: AbortSignal.timeout(5) });
  await client.enqueue("a", [], {}, { signal: AbortSignal.timeout(5), timeout: "1s", totalTimeout: "3s" });
  // @ts-expect-error what the job is to be like is the argument before
  await client.enqueue("a", [], {}, { delay: "5m" });
}

export async function otherCalls(): Promise<void> {
  const jobs: readonly Job[] = await client.enqueueBatch([
    { type: "a" },
    { type: "b", args: mail, options: { queue: "q" } },
  ]);
  // @ts-expect-error every job has a type
  await client.enqueueBatch([{ args: [] }]);
  // @ts-expect-error options are in options
  await client.enqueueBatch([{ type: "a", queue: "q" }]);
  // @ts-expect-error an id is text
  await client.getJob(7);
  // @ts-expect-error a job is not its id
  await client.cancelJob(jobs[0]);
  // @ts-expect-error no such filter
  await client.listDeadLetterJobs({ type: "a" });
  // @ts-expect-error a list
  await client.listEvents({ types: "job.completed" });
  const { counts } = await client.getQueueStats("q");
  same<typeof counts.active>()<number>(true);
  // @ts-expect-error no such state
  counts.waiting;
}

export function constructing(): void {
  new OjsClient();
  new OjsClient({ retry: false, logger: console });
  new OjsClient({ coalesce: false });
  // @ts-expect-error yes or no
  new OjsClient({ coalesce: "never" });
  // @ts-expect-error no such option
  new OjsClient({ backendUrl: "http://localhost" });
  // @ts-expect-error the address is an option
  new OjsClient("http://localhost");
  // @ts-expect-error milliseconds or text
  new OjsClient({ timeout: true });
}

export function results(job: Job<[Mail], { id: string }>): string {
  // @ts-expect-error a job may have no result yet
  job.result.id;
  // @ts-expect-error a job is what the server said
  job.queue = "other";
  const { to } = job.args[0];
  return to + (job.result?.id ?? "");
}

export function errors(error: unknown): string | undefined {
  if (!(error instanceof OjsError)) return undefined;
  const { code, status, retryable, requestId, operation, jobId, attempts } = error;
  same<typeof code>()<string>(true);
  same<typeof status>()<number>(true);
  same<typeof retryable>()<boolean>(true);
  same<typeof attempts>()<number | undefined>(true);
  return requestId ?? operation ?? jobId;
}
