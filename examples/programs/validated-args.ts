/** Arguments are checked before they are sent and before the handler runs; results before they are stored. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { defineJob, type Job, OjsClient, OjsValidationError, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { z } from "zod";

const remind = defineJob("user.remind", {
  args: z.object({ at: z.iso.datetime().transform((text) => new Date(text)), tries: z.int().default(3) }),
  result: z.object({ year: z.int() }),
});

await using server = await createServer({ storage: memory() });
await using client = new OjsClient({ transport: server.transport });
await using worker = new OjsWorker({ transport: server.transport, handleSignals: false });
worker.register(remind, ({ args: [{ at, tries }] }) => ({
  year: at.getUTCFullYear() + tries,
  secret: "is not stored",
}));
await worker.start();

// What does not fit is not sent …
const refused = await client.enqueue(remind, { at: "tomorrow" }).catch((error: unknown) => error);
assert.ok(refused instanceof OjsValidationError);
assert.equal(refused.details?.field, "args[0].at");

// … and if somebody else sends it, by name, no handler sees it, and it is not tried again.
const bad = await ended(await client.enqueue("user.remind", { at: "tomorrow" }, { retry: { maxAttempts: 5 } }));
assert.equal(bad.state, "discarded");
assert.equal(bad.attempt, 1);
assert.equal(bad.error?.code, "invalid_payload");

// What fits arrives as the schema makes it, and so does the result.
const good = await ended(await client.enqueue(remind, { at: "2026-01-01T00:00:00Z" }));
assert.deepEqual(good.result, { year: 2029 });
console.log("ok: arguments were checked at both ends, and a result before it was stored");

async function ended({ id }: Job): Promise<Job> {
  for (;;) {
    const job = await client.getJob(id);
    if (job.state === "completed" || job.state === "discarded") return job;
    await pause(5);
  }
}
