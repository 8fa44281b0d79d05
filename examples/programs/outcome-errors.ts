/** A handler that says more than "it failed": try later, try again at a time of its own, give up, ask for a person. */
import assert from "node:assert/strict";
import { DeadLetterError, DiscardError, OjsClient, OjsWorker, RetryError, SnoozeError } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const server = await createServer({ storage: memory() });
const client = new OjsClient({ transport: server.transport });
const worker = new OjsWorker({
  transport: server.transport,
  // What the server, and everybody who may look at a job, learns of an error.
  backtrace: false,
  redactError: (report) => ({ ...report, message: report.message.replace(/\d{12,}/g, "<card>") }),
});

let looks = 0;
worker.register("report.publish", () => {
  looks += 1;
  if (looks < 4) throw new SnoozeError(10, "the report is not ready yet");
  return "published";
});
worker.register("invoice.fetch", () => {
  throw new RetryError({ after: "90s", message: "the API asks us to slow down", type: "api.busy" });
});
worker.register("email.send", (job) => {
  if (job.arg("to") === undefined) throw new DiscardError("the job has no recipient");
});
worker.register("payment.charge", () => {
  throw new DeadLetterError("card 4242424242424242 was reported stolen", { type: "payment.card_stolen" });
});

const report = await client.enqueue("report.publish", [], { retry: { maxAttempts: 1 } });
const invoice = await client.enqueue("invoice.fetch");
const email = await client.enqueue("email.send", {});
const payment = await client.enqueue("payment.charge");
await worker.start();

const ended = async (id: string) => {
  for (;;) {
    const job = await client.getJob(id);
    if (job.state !== "available" && job.state !== "active" && (id !== report.id || job.state !== "retryable"))
      return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

// Snoozed three times with one attempt to spend, and no error is left behind.
const published = await ended(report.id);
assert.equal(published.result, "published");
assert.equal(published.attempt, 4);
assert.deepEqual(published.errors, []);

const waiting = await ended(invoice.id);
assert.equal(waiting.state, "retryable");
assert.equal(waiting.retryDelayMs, 90_000);

assert.equal((await ended(email.id)).state, "discarded");

const stolen = await ended(payment.id);
assert.equal(stolen.error?.message, "card <card> was reported stolen");
assert.equal((await client.listDeadLetterJobs()).items[0]?.id, payment.id);

await worker.stop();
await server.close();
console.log("ok: snooze, retry after, discard, dead letter, redaction");
