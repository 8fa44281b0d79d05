/** Arguments by name, by place, and with types. */
import assert from "node:assert/strict";
import { type JobContext, OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

interface Email {
  readonly to: string;
  readonly template: "welcome" | "reset";
}

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
await using worker = new OjsWorker({ transport });

worker.register("by.name", (job) => `to ${String(job.arg("to"))}`); // unknown until you look at it
worker.register("by.type", ({ args: [email] }: JobContext<readonly [Email]>) => `${email.template} to ${email.to}`);
worker.register<[number, number], number>("by.place", ({ args: [a, b] }) => a + b);
await worker.start();

const email: Email = { to: "ada@example.com", template: "welcome" };
const jobs = await Promise.all([
  client.enqueue("by.name", email),
  client.enqueue("by.type", email),
  client.enqueue("by.place", [2, 3]),
]);
const results = await Promise.all(
  jobs.map(async ({ id }) => {
    for (;;) {
      const { state, result } = await client.getJob(id);
      if (state === "completed") return result;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }),
);
assert.deepEqual(results, ["to ada@example.com", "welcome to ada@example.com", 5]);
console.log("ok: an object by name and with a type, and a tuple");
