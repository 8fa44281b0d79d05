/** Workflows, recurring jobs and operations on many jobs: what compiles, and above all what does not. */
import {
  type BatchCallbacks,
  batch,
  type Chain,
  chain,
  type Group,
  graph,
  group,
  OjsClient,
  type Step,
  step,
  type Workflow,
} from "openjobs";

const client = new OjsClient();

interface Mail {
  readonly to: string;
}
declare const mail: Mail;
declare const mails: readonly Mail[];

export async function workflows(): Promise<Workflow> {
  const one: Step<Mail> = step("email.send", mail);
  const none: Step<readonly []> = step("cache.clear");
  const sequence: Chain = chain([one, none, { type: "plain", args: [1], options: { queue: "q" } }], { name: "n" });
  const parallel: Group = group(mails.map((each) => step("email.send", each)));
  await client.createWorkflow(chain([parallel, sequence, batch([sequence], { onComplete: one })]));
  await client.createWorkflow(batch([one], { onSuccess: one, onFailure: none, name: "n", options: { tags: ["t"] } }));
  await client.createWorkflow(
    graph({ a: step("a"), b: { type: "b", dependsOn: ["a"] }, c: { ...one, dependsOn: ["a", "b"] } }, { name: "n" }),
    { signal: AbortSignal.timeout(5), totalTimeout: "3s" },
  );
  return client.cancelWorkflow("id", { timeout: 5 });
}

export async function wrongWorkflows(): Promise<void> {
  // @ts-expect-error a step has a type
  chain([{ args: [] }]);
  // @ts-expect-error options are in options
  chain([{ type: "a", queue: "q" }]);
  // @ts-expect-error a bigint cannot travel
  step("a", 1n);
  // @ts-expect-error nor in a plain step
  chain([{ type: "a", args: 1n }]);
  // @ts-expect-error misspelt
  step("a", [], { dealy: "5m" });
  // @ts-expect-error the server makes the ids of the jobs
  step("a", [], { id: "019b7000-0000-7000-8000-000000000001" });
  // @ts-expect-error a step is not pending, it waits for others
  step("a", [], { pending: true });
  // @ts-expect-error wire spelling
  step("a", [], { retry: { max_attempts: 5 } });
  // @ts-expect-error no such way out of a conflict
  step("a", [], { unique: { onConflict: "merge" } });
  // @ts-expect-error no such dimension
  step("a", [], { unique: { keys: ["id"] } });
  // @ts-expect-error a period is a duration
  step("a", [], { unique: { period: true } });
  // @ts-expect-error no such state
  step("a", [], { unique: { states: ["waiting"] } });
  // @ts-expect-error a batch has callbacks
  batch([step("a")]);
  // @ts-expect-error at least one
  batch([step("a")], {});
  // @ts-expect-error a name is no callback
  batch([step("a")], { name: "n" });
  // @ts-expect-error misspelt
  batch([step("a")], { onComplete: step("b"), onFailed: step("c") });
  // @ts-expect-error a callback is one job
  batch([step("a")], { onComplete: group([step("b")]) });
  // @ts-expect-error wire spelling
  batch([step("a")], { on_complete: step("b") });
  // @ts-expect-error a chain is a list
  chain(step("a"));
  // @ts-expect-error the name is among the options
  group([step("a")], "name");
  // @ts-expect-error there is no step of that name
  graph({ a: step("a"), b: { type: "b", dependsOn: ["c"] } });
  // @ts-expect-error a graph is not nested
  chain([graph({ a: step("a") })]);
  // @ts-expect-error a job is not a workflow
  await client.createWorkflow(step("a"));
  // @ts-expect-error nor is a list of them
  await client.createWorkflow([step("a")]);
  // @ts-expect-error no such state
  await client.listWorkflows({ state: "done" });
  // @ts-expect-error an id is text
  await client.getWorkflow(7);
}

export const callbacks: readonly BatchCallbacks[] = [
  { onComplete: step("a") },
  { onSuccess: step("a"), onFailure: step("b") },
  // @ts-expect-error at least one
  {},
];

export async function cronJobs(): Promise<void> {
  const job = { name: "n", cron: "@daily", type: "a.b" };
  await client.registerCronJob({ ...job, args: mail, timezone: "Europe/Berlin", overlapPolicy: "cancel_previous" });
  await client.registerCronJob({ ...job, options: { queue: "q", unique: { keys: ["type"] }, timeout: "5m" } });
  await client.updateCronJob("n", { enabled: false, cron: "* * * * *" });
  const { nextRunAt, runCount } = await client.getCronJob("n");
  const text: string | undefined = nextRunAt;
  const count: number = runCount;
  const [last] = await client.listCronRuns("n", { limit: 1 });
  const made: string | undefined = last?.jobId;
  void [text, count, made];
  // @ts-expect-error how many is an option
  await client.listCronRuns("n", 1);
  // @ts-expect-error no expression
  await client.registerCronJob({ name: "n", type: "a.b" });
  // @ts-expect-error the official cases' word
  await client.registerCronJob({ ...job, expression: "@daily" });
  // @ts-expect-error no such policy
  await client.registerCronJob({ ...job, overlapPolicy: "queue" });
  // @ts-expect-error options are in options
  await client.registerCronJob({ ...job, queue: "q" });
  // @ts-expect-error every run has its own time
  await client.registerCronJob({ ...job, options: { delay: "5m" } });
  // @ts-expect-error every run has its own id
  await client.registerCronJob({ ...job, options: { id: "x" } });
  // @ts-expect-error the name is what is not changed
  await client.updateCronJob("n", { name: "m" });
  // @ts-expect-error yes or no
  await client.listCronJobs({ enabled: "true" });
}

export async function manyJobs(): Promise<void> {
  const { items, succeeded } = await client.cancelJobs({ ids: ["a"], atomic: true });
  await client.retryJobs({ filter: { queue: "q", states: ["discarded"], enqueuedBefore: new Date() } });
  await client.deleteJobs({ filter: { meta: { tenant: "a" }, priority: "low" } }, { timeout: "1m" });
  await client.updateJob("a", { priority: 5 });
  const done: number = succeeded;
  const reason: string | undefined = items[0]?.reason;
  void [done, reason];
  // @ts-expect-error which jobs?
  await client.cancelJobs({});
  // @ts-expect-error ids are a member
  await client.cancelJobs(["a"]);
  // @ts-expect-error wire spelling
  await client.cancelJobs({ filter: { enqueued_before: "T" } });
  // @ts-expect-error no such state
  await client.cancelJobs({ filter: { states: ["waiting"] } });
  // @ts-expect-error not everything can be changed
  await client.updateJob("a", { queue: "q" });
  // @ts-expect-error something has to
  await client.updateJob("a", {});
}
