/** What jobs and contexts of tests promise to a compiler. */
import { defineJob, type Job, type JobContext, type JobHandler } from "openjobs";
import { buildContext, buildJob, type TestContext } from "openjobs/testing";
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
