/** What a definition lets compile, and above all what it does not, wherever its type of job is used. */
import { type } from "arktype";
import {
  batch,
  chain,
  type DefinedJob,
  defineJob,
  graph,
  group,
  type Job,
  type JobDefinition,
  type JobDescription,
  OjsClient,
  OjsWorker,
  type StandardSchema,
} from "openjobs";
import * as v from "valibot";
import { z } from "zod";

const client = new OjsClient();
const worker = new OjsWorker();

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_?: T): void {}

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send", {
  queue: "email",
  retry: { maxAttempts: 5 },
});
interface Report {
  readonly year: number;
  readonly format?: "pdf" | "csv";
}
const buildReport = defineJob<Report, { url: string }>("report.build");
const clearCache = defineJob("cache.clear");
const greet = defineJob<string, void>("user.greet");
const count = defineJob<[first: number, second?: number], number>("numbers.count");

const resize = defineJob("image.resize", {
  args: z.tuple([z.string(), z.array(z.number())]),
  result: z.object({ urls: z.array(z.string()) }),
  queue: "images",
});
/** What goes in is not what comes out: a default, a date out of a text, a count out of a text. */
const remind = defineJob("user.remind", {
  args: z.object({ at: z.iso.datetime().transform((text) => new Date(text)), tries: z.int().default(3) }),
  result: z.object({ sent: z.string().transform((text) => text.length) }),
});
const byValibot = defineJob("valibot.job", {
  args: v.tuple([v.string(), v.pipe(v.string(), v.transform(Number))]),
  result: v.number(),
});
const byArkType = defineJob("arktype.job", { args: type({ to: "string", "cc?": "string[]" }), result: type("string") });

export function definitions(): void {
  isTrue<Equal<typeof sendEmail, JobDefinition<[to: string, template: "welcome" | "reset"], { messageId: string }>>>();
  const anyOfThem: readonly JobDescription[] = [
    sendEmail,
    buildReport,
    clearCache,
    greet,
    resize,
    byValibot,
    byArkType,
  ];
  const own: StandardSchema<{ to: string }> = z.object({ to: z.string() });
  defineJob("own.schema", { args: own }).with({ to: "a" });
  void anyOfThem;

  // @ts-expect-error a definition has a type
  defineJob();
  // @ts-expect-error the type comes first
  defineJob({ type: "a" });
  // @ts-expect-error misspelt
  defineJob("a", { quue: "q" });
  // @ts-expect-error misspelt beside a schema
  defineJob("a", { args: z.tuple([]), quue: "q" });
  // @ts-expect-error wire spelling
  defineJob("a", { retry: { max_attempts: 5 } });
  // @ts-expect-error every job has its own id
  defineJob("a", { id: "019b7000-0000-7000-8000-000000000001" });
  // @ts-expect-error and its own time
  defineJob("a", { args: z.tuple([]), scheduledAt: new Date() });
  // @ts-expect-error a schema is not a function that checks
  defineJob("a", { args: (value: unknown) => typeof value === "string" });
  // @ts-expect-error nor is it a JSON Schema
  defineJob("a", { args: { type: "array" } });
  // @ts-expect-error a result's schema neither
  defineJob("a", { args: z.tuple([]), result: { type: "string" } });
  // @ts-expect-error a bigint cannot travel
  defineJob("a", { args: z.bigint() });
  // @ts-expect-error nor can it as a plain type
  defineJob<bigint>("a");
}

export async function enqueuing(): Promise<void> {
  const mail = await client.enqueue(sendEmail, ["ada@example.com", "welcome"], { delay: "5m" });
  isTrue<Equal<typeof mail, Job<[to: string, template: "welcome" | "reset"], { messageId: string }>>>();
  const report = await client.enqueue(buildReport, { year: 2026 }, {}, { timeout: "1s" });
  isTrue<Equal<typeof report, Job<readonly [Report], { url: string }>>>();
  await client.enqueue(clearCache);
  await client.enqueue(clearCache, [], { priority: "high" });
  await client.enqueue(greet, "Ada");
  await client.enqueue(count, [1]);
  await client.enqueue(count, [1, 2]);
  const fixed = ["ada@example.com", "reset"] as const;
  await client.enqueue(sendEmail, fixed);

  // @ts-expect-error the arguments are missing
  await client.enqueue(sendEmail);
  // @ts-expect-error one of them is
  await client.enqueue(sendEmail, ["ada@example.com"]);
  // @ts-expect-error one too many
  await client.enqueue(sendEmail, ["ada@example.com", "welcome", 3]);
  // @ts-expect-error no such template
  await client.enqueue(sendEmail, ["ada@example.com", "goodbye"]);
  // @ts-expect-error not a text
  await client.enqueue(sendEmail, [7, "welcome"]);
  // @ts-expect-error the wrong way round
  await client.enqueue(sendEmail, ["welcome", "ada@example.com"]);
  // @ts-expect-error an array, not an object
  await client.enqueue(sendEmail, { to: "ada@example.com", template: "welcome" });
  // @ts-expect-error a list of any length is not two of them
  await client.enqueue(sendEmail, ["ada@example.com", "welcome"] as string[]);
  // @ts-expect-error an object, not an array
  await client.enqueue(buildReport, [{ year: 2026 }]);
  // @ts-expect-error a member is missing
  await client.enqueue(buildReport, {});
  // @ts-expect-error a member is wrong
  await client.enqueue(buildReport, { year: "2026" });
  // @ts-expect-error no such member
  await client.enqueue(buildReport, { year: 2026, pages: 3 });
  // @ts-expect-error it takes none
  await client.enqueue(clearCache, ["all"]);
  // @ts-expect-error nor an object
  await client.enqueue(clearCache, {});
  // @ts-expect-error a text
  await client.enqueue(greet, 7);
  // @ts-expect-error two at most
  await client.enqueue(count, [1, 2, 3]);
  // @ts-expect-error misspelt
  await client.enqueue(greet, "Ada", { dealy: "5m" });
  // @ts-expect-error how the request is made is the argument after the options
  await client.enqueue(greet, "Ada", { signal: AbortSignal.timeout(5) });
  // @ts-expect-error a definition, not what describes it
  await client.enqueue({ type: "user.greet", options: {} }, "Ada");
  // @ts-expect-error the type of the result is the definition's
  const { result }: Job<readonly [Report], { path: string }> = report;
  void [mail, result];
}

export async function schemas(): Promise<void> {
  const resized = await client.enqueue(resize, ["a.png", [100, 200]]);
  isTrue<Equal<typeof resized.args, [string, number[]]>>();
  isTrue<Equal<typeof resized.result, { urls: string[] } | undefined>>();
  // A producer gives what goes into the schema …
  const reminder = await client.enqueue(remind, { at: "2026-01-01T00:00:00Z" });
  isTrue<Equal<typeof reminder.args, readonly [{ at: string; tries?: number | undefined }]>>();
  // … and sees what came out of that of the result.
  isTrue<Equal<typeof reminder.result, { sent: number } | undefined>>();
  await client.enqueue(byValibot, ["a", "1"]);
  await client.enqueue(byArkType, { to: "a", cc: ["b"] });

  // @ts-expect-error Zod: a number is no list
  await client.enqueue(resize, ["a.png", 100]);
  // @ts-expect-error Zod: one is missing
  await client.enqueue(resize, ["a.png"]);
  // @ts-expect-error Zod: the arguments are missing
  await client.enqueue(resize);
  // @ts-expect-error Zod: a date is what comes out
  await client.enqueue(remind, { at: new Date() });
  // @ts-expect-error Zod: no such member
  await client.enqueue(remind, { at: "2026-01-01T00:00:00Z", by: "mail" });
  // @ts-expect-error Valibot: a number is what comes out
  await client.enqueue(byValibot, ["a", 1]);
  // @ts-expect-error Valibot: the first is missing
  await client.enqueue(byValibot, []);
  // @ts-expect-error ArkType: not a list
  await client.enqueue(byArkType, { to: "a", cc: "b" });
  // @ts-expect-error ArkType: a member is missing
  await client.enqueue(byArkType, {});
}

export async function manyJobs(users: readonly string[]): Promise<void> {
  const [mail, report] = await client.enqueueBatch([sendEmail.with(["a", "reset"]), buildReport.with({ year: 2026 })]);
  isTrue<Equal<typeof mail, Job<[to: string, template: "welcome" | "reset"], { messageId: string }>>>();
  isTrue<Equal<typeof report, Job<readonly [Report], { url: string }>>>();
  const mails = await client.enqueueBatch(users.map((user) => sendEmail.with([user, "welcome"])));
  isTrue<Equal<(typeof mails)[number]["result"], { messageId: string } | undefined>>();
  const mixed: readonly Job[] = await client.enqueueBatch([{ type: "by.name" }, greet.with("Ada")]);
  void mixed;

  // @ts-expect-error no such template
  await client.enqueueBatch([sendEmail.with(["a", "goodbye"])]);
  // @ts-expect-error a definition is not a job
  await client.enqueueBatch([clearCache]);
  // @ts-expect-error not even one that needs arguments
  await client.enqueueBatch([sendEmail]);
  // @ts-expect-error there are as many jobs as were given
  const [, , third] = await client.enqueueBatch([clearCache.with(), greet.with("Ada")]);
  void third;
}

export async function workflowsAndSchedules(): Promise<void> {
  const one: DefinedJob<string, void> = greet.with("Ada", { delay: "5m" });
  await client.createWorkflow(chain([one, group([resize.with(["a.png", [1]]), buildReport.with({ year: 1 })])]));
  await client.createWorkflow(
    batch([one], { onSuccess: clearCache.with(), onFailure: sendEmail.with(["a", "reset"]) }),
  );
  await client.createWorkflow(graph({ a: one, b: { ...clearCache.with(), dependsOn: ["a"] } }));
  await client.registerCronJob({ name: "n", cron: "@daily", ...buildReport.with({ year: 2026 }, { queue: "q" }) });

  // @ts-expect-error the arguments are missing
  chain([greet.with()]);
  // @ts-expect-error a text
  chain([greet.with(7)]);
  // @ts-expect-error no such member
  group([buildReport.with({ year: 1, pages: 3 })]);
  // @ts-expect-error one is missing
  batch([one], { onComplete: sendEmail.with(["a"]) });
  // @ts-expect-error a definition is not a step
  chain([clearCache]);
  // @ts-expect-error there is no step of that name
  graph({ a: one, b: { ...clearCache.with(), dependsOn: ["c"] } });
  // @ts-expect-error the server makes the ids of the jobs
  greet.with("Ada", { id: "019b7000-0000-7000-8000-000000000001" });
  // @ts-expect-error misspelt
  greet.with("Ada", { dealy: "5m" });
  // @ts-expect-error not a number of a year
  await client.registerCronJob({ name: "n", cron: "@daily", ...buildReport.with({ year: "2026" }) });
}

export function handlers(): void {
  worker.register(sendEmail, async (job) => {
    isTrue<Equal<typeof job.args, [to: string, template: "welcome" | "reset"]>>();
    const [to, template] = job.args;
    return { messageId: `${to}/${template}` };
  });
  worker.register(buildReport, ({ args: [{ year, format = "pdf" }] }) => ({ url: `/${year}.${format}` }));
  worker.register(clearCache, () => undefined).register(greet, () => {});
  worker.register(resize, ({ args: [url, widths] }) => ({ urls: widths.map((width) => `${url}?${width}`) }));
  // A handler gets what came out of the schema, and gives what goes into that of the result.
  worker.register(remind, (job) => {
    isTrue<Equal<typeof job.args, readonly [{ at: Date; tries: number }]>>();
    return { sent: "yes" };
  });
  worker.register(byValibot, (job) => {
    isTrue<Equal<typeof job.args, [string, number]>>();
    return job.args[1];
  });
  worker.register(byArkType, async ({ args: [{ to, cc = [] }] }) => [to, ...cc].join());

  // @ts-expect-error the result is missing
  worker.register(sendEmail, () => {});
  // @ts-expect-error no such result
  worker.register(sendEmail, () => ({ id: "1" }));
  // @ts-expect-error not a text
  worker.register(sendEmail, async () => ({ messageId: 1 }));
  // @ts-expect-error what comes out of the result's schema is not what goes in
  worker.register(remind, () => ({ sent: 3 }));
  // @ts-expect-error Valibot: not a number
  worker.register(byValibot, () => "1");
  // @ts-expect-error ArkType: not a text
  worker.register(byArkType, () => 1);
  // @ts-expect-error there is no third argument
  worker.register(sendEmail, ({ args: [, , third] }) => ({ messageId: third }));
  // @ts-expect-error no such member
  worker.register(buildReport, ({ args: [{ pages }] }) => ({ url: pages }));
  // @ts-expect-error a number has no such method
  worker.register(resize, ({ args: [, widths] }) => ({ urls: widths.map((width) => width.trim()) }));
  // @ts-expect-error a handler is needed
  worker.register(sendEmail);
}

export async function narrowing(id: string): Promise<string | undefined> {
  const job = await client.getJob(id);
  if (sendEmail.is(job)) {
    isTrue<Equal<typeof job.args, [to: string, template: "welcome" | "reset"]>>();
    return job.result?.messageId;
  }
  // @ts-expect-error nobody has said what the result is
  return job.result.messageId;
}
