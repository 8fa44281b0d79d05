/** What jobs and contexts of tests promise to a compiler. */
import { defineJob, type HandlerRegistry, type Job, type JobContext, type JobHandler, OjsWorker } from "openjobs";
import { buildContext, buildJob, type TestContext, type TestOjs } from "openjobs/testing";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_: T | undefined): void {}

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send");
const clear = defineJob("cache.clear");
const remind = defineJob("user.remind", {
  args: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
});

const sent = buildJob({ type: sendEmail, args: ["ada", "welcome"], state: "completed", result: { messageId: "m" } });
isTrue<Equal<typeof sent, Job<[to: string, template: "welcome" | "reset"], { messageId: string }>>>(undefined);
// @ts-expect-error -- no such template
buildJob({ type: sendEmail, args: ["ada", "goodbye"] });
// @ts-expect-error -- arguments are missing
buildJob({ type: sendEmail });
// @ts-expect-error -- another result
buildJob({ type: sendEmail, args: ["ada", "reset"], result: { id: 1 } });
// @ts-expect-error -- no such member
buildJob({ type: "a", atempt: 2 });
buildJob({ type: clear });
isTrue<Equal<ReturnType<typeof buildJob<[n: number]>>, Job<[n: number]>>>(undefined);

const plain = buildContext({ type: "email.send", args: ["ada", 3] });
isTrue<Equal<typeof plain, TestContext<[string, number]>>>(undefined);
const one = buildContext({ args: { to: "ada" } });
isTrue<Equal<typeof one, TestContext<readonly [{ to: string }]>>>(undefined);

declare const greet: JobHandler<[name: string], string>;
greet(buildContext({ args: ["ada"] }));
// @ts-expect-error -- a number is no name
greet(buildContext({ args: [1] }));

const email: JobContext<[to: string, template: "welcome" | "reset"]> = buildContext({
  type: sendEmail,
  args: ["ada", "reset"],
});
email.args[0].toUpperCase();
buildContext({ type: remind, args: { at: "2026-01-01T00:00:00Z" } }).args[0].at.getTime();
// @ts-expect-error -- producers give a text
buildContext({ type: remind, args: { at: new Date() } });
// @ts-expect-error -- nothing else stops a handler
buildContext().abort("bored");

declare const ojs: TestOjs;
/** What test runners have. */
declare const anything: ReturnType<typeof JSON.parse>;

export async function assertions(): Promise<void> {
  const mail = ojs.assertEnqueued(sendEmail, { args: ["ada", "welcome"], result: { messageId: "m" } });
  isTrue<Equal<typeof mail, Job<[to: string, template: "welcome" | "reset"], { messageId: string }>>>(undefined);
  ojs.assertEnqueued(sendEmail, { args: [anything, "reset"], where: ({ args: [to] }) => to.endsWith("@example.com") });
  ojs.assertEnqueued(sendEmail, { args: anything });
  ojs.assertEnqueued(remind, { args: { at: "2026-01-01T00:00:00Z" } });
  isTrue<Equal<ReturnType<typeof ojs.assertEnqueued<"email.send">>, Job>>(undefined);
  ojs.assertEnqueued("email.send", { args: { anything: 1 }, where: ({ args }) => args.length === 1 });
  ojs.assertFailed({ type: "email.send" }, { error: { type: "SmtpError" } });
  // @ts-expect-error -- no such template
  ojs.assertEnqueued(sendEmail, { args: ["ada", "goodbye"] });
  // @ts-expect-error -- one of them is missing
  ojs.refuteEnqueued(sendEmail, { args: ["ada"] });
  // @ts-expect-error -- another result
  ojs.assertCompleted(sendEmail, { result: { id: 1 } });
  // @ts-expect-error -- no such member of the result
  ojs.assertCompleted(sendEmail, { where: ({ result }) => result?.id === 1 });
  // @ts-expect-error -- producers give a text
  ojs.assertSnoozed(remind, { args: { at: new Date() } });
  // @ts-expect-error -- misspelt
  ojs.assertEnqueued("email.send", { queu: "email" });
  // @ts-expect-error -- errors have no stack
  ojs.assertFailed("email.send", { error: { stack: "" } });

  isTrue<Equal<Awaited<ReturnType<typeof ojs.perform>>, unknown>>(undefined);
  const { messageId } = await ojs.perform(sendEmail, ["ada", "welcome"]);
  messageId.toUpperCase();
  await ojs.perform(clear);
  await ojs.perform("email.send", { to: "ada" });
  // @ts-expect-error -- arguments are missing
  await ojs.perform(sendEmail);
  // @ts-expect-error -- no such template
  await ojs.perform(sendEmail, ["ada", "goodbye"]);

  ojs.register(sendEmail, ({ args: [to, template] }) => ({ messageId: `${to} ${template}` })).register("a", () => 1);
  // @ts-expect-error -- not what the definition promises
  ojs.register(sendEmail, () => ({ id: 1 }));
  // @ts-expect-error -- a template is no number
  ojs.register(sendEmail, ({ args: [, template] }) => ({ messageId: template.toFixed() }));
  // What registers handlers in production does it in tests.
  const registries: readonly HandlerRegistry[] = [ojs, new OjsWorker()];
  for (const registry of registries) registry.register(sendEmail, ({ args: [to] }) => ({ messageId: to }));
  ojs.assertWorkflowCreated("chain", { steps: [sendEmail, ["a", clear]] });
  // @ts-expect-error -- no such kind
  ojs.assertWorkflowCreated("sequence");
  ojs.assertEmitted("job.*");
  // @ts-expect-error -- no such event
  ojs.assertEmitted("job.exploded");
}
