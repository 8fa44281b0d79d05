/** What definitions let compile about events and jobs that are read, and above all what they do not. */
import {
  type DefinedJobEvent,
  defineJob,
  type EventOfJob,
  type GapEvent,
  type Job,
  type LiveEvent,
  type LiveEvents,
  OjsClient,
} from "openjobs";
import { z } from "zod";

const client = new OjsClient();

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_?: T): void {}

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send");
const buildReport = defineJob<{ readonly year: number }, { url: string }>("report.build");
/** Has the types of `sendEmail`. */
const sendLetter = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("letter.send");
const resize = defineJob("image.resize", { args: z.object({ width: z.int() }), result: z.object({ bytes: z.int() }) });
const clearCache = defineJob("cache.clear");

export function names(): void {
  isTrue<Equal<typeof resize.type, "image.resize">>();
  isTrue<Equal<typeof clearCache.type, "cache.clear">>();
  // Nothing of a call is inferred when something of it is said.
  isTrue<Equal<typeof sendEmail.type, string>>();
  const named = defineJob<[to: string], void, "letter.print">("letter.print");
  isTrue<Equal<typeof named.type, "letter.print">>();
}

export function narrowing(event: LiveEvent): void {
  if (sendEmail.is(event)) {
    event.jobId.concat(event.jobType);
    if (event.kind === "state") event.from.concat(event.to, event.queue);
    if (event.kind === "job") event.data.result?.messageId.toUpperCase();
    // @ts-expect-error only an event of the kind "job" has a result
    event.data.result?.messageId;
    // @ts-expect-error of jobs nothing else is told
    if (event.kind === "workflow") return;
    // @ts-expect-error the definition says what the result is
    if (event.kind === "job") event.data.result?.url;
    return;
  }
  // What is no event of that type may be one of another, also if both have the same types.
  if (sendLetter.is(event) && event.kind === "job") event.data.result?.messageId.toUpperCase();
  if (event.kind === "state") event.to.concat();
  if (event.kind === "gap") event.reason.concat();
  // @ts-expect-error nobody has said what the result is
  if (event.kind === "job") event.data.result.messageId;
}

export function narrowingOfJobs(jobs: readonly Job[]): void {
  const mails: readonly Job<[to: string, template: "welcome" | "reset"], { messageId: string }>[] = jobs.filter(
    sendEmail.is,
  );
  void mails;
  // @ts-expect-error neither a job nor an event
  sendEmail.is({ id: "a" });
}

export async function subscriptions(): Promise<void> {
  const events = client.subscribe({ jobs: [sendEmail, resize, clearCache], types: ["job.*"], channels: ["queue:a"] });
  isTrue<Equal<typeof events, LiveEvents<Told>>>();
  for await (const event of events) toldOf(event);
  // @ts-expect-error a list
  client.subscribe({ jobs: sendEmail });
  // @ts-expect-error definitions, not their names
  client.subscribe({ jobs: ["email.send"] });
  // @ts-expect-error the definitions say the types
  client.subscribe({ jobs: [sendEmail], jobTypes: ["email.send"] });
  // @ts-expect-error a queue has no channels
  client.subscribeQueue("q", { jobs: [sendEmail], channels: ["all"] });
}

type Told = DefinedJobEvent<typeof sendEmail | typeof resize | typeof clearCache> | GapEvent;

function toldOf(event: Told): void {
  if (event.kind === "gap") {
    event.reason.concat();
    return;
  }
  event.jobId.concat(event.jobType);
  // @ts-expect-error no other events come
  if (event.kind === "workflow") return;
  if (sendEmail.is(event)) {
    if (event.kind === "job") event.data.result?.messageId.toUpperCase();
    // @ts-expect-error not its result
    if (event.kind === "job") event.data.result?.bytes;
  } else if (resize.is(event) && event.kind === "job") {
    event.data.result?.bytes.toFixed();
    // @ts-expect-error a number has no such method
    event.data.result?.bytes.trim();
  } else if (buildReport.is(event) && event.kind === "job") {
    // Not subscribed to, which `is` cannot know.
    event.data.result?.url.toUpperCase();
  }
}

export async function discriminated(): Promise<void> {
  for await (const event of client.subscribeQueue("q", { jobs: [resize, clearCache] })) {
    // Where the compiler knows the names, they tell events apart as well.
    if (event.kind === "job" && event.jobType === "image.resize") event.data.result?.bytes.toFixed();
    // @ts-expect-error the result of that one is not known
    if (event.kind === "job" && event.jobType === "cache.clear") event.data.result?.bytes;
    // @ts-expect-error nobody has asked for that type
    if (event.kind === "job" && event.jobType === "cache.fill") return;
  }
}

export async function oneJob(id: string): Promise<void> {
  const report = await client.enqueue(buildReport, { year: 2026 });
  for await (const event of client.subscribeJob(report, { types: ["job.completed"] })) {
    if (event.kind === "job") event.data.result?.url.toUpperCase();
    // @ts-expect-error the job says what its result is
    if (event.kind === "job") event.data.result?.path;
    // @ts-expect-error a job tells nothing of queues
    if (event.kind === "queue") return;
  }
  for await (const event of client.subscribeJob(resize, id)) {
    if (event.kind === "job") event.data.result?.bytes.toFixed();
    if (event.kind === "other") event.type.concat();
    // @ts-expect-error the definition says what it is
    if (event.kind === "job") event.data.result?.url;
  }
  const untyped: LiveEvents = client.subscribeJob(id);
  void untyped;
  // @ts-expect-error of which job?
  client.subscribeJob(resize);
  // @ts-expect-error the definition comes first
  client.subscribeJob(id, resize);
}

export async function jobs(id: string): Promise<void> {
  const mail = await client.getJob(sendEmail, id, { timeout: "5s" });
  isTrue<Equal<typeof mail, Job<[to: string, template: "welcome" | "reset"], { messageId: string }>>>();
  const cancelled = await client.cancelJob(resize, id);
  isTrue<Equal<typeof cancelled, Job<readonly [{ width: number }], { bytes: number }>>>();
  const any: Job = await client.getJob(id);
  void any;
  // @ts-expect-error there is no third argument
  mail.args[2];
  // @ts-expect-error no such template
  if (mail.args[1] === "goodbye") return;
  // @ts-expect-error the definition says what the result is
  mail.result?.url;
  // @ts-expect-error of which job?
  await client.getJob(sendEmail);
  // @ts-expect-error the definition comes first
  await client.getJob(id, sendEmail);
  // @ts-expect-error how the request is made is the last argument
  await client.getJob(sendEmail, { timeout: "5s" }, id);
  // @ts-expect-error of which job?
  await client.cancelJob(resize, { timeout: "5s" });
}

export function told(event: EventOfJob<string, { url: string }>): string | undefined {
  // @ts-expect-error events do not carry the arguments of a job
  if (event.kind === "job") event.data.args.length;
  return event.kind === "job" ? event.data.result?.url : event.to;
}
