/** A job in steps: what is done is not done again when the job fails later, or when its worker dies. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const server = await createServer({ storage: memory() });
const client = new OjsClient({ transport: server.transport });
const worker = new OjsWorker({ transport: server.transport });

const done: string[] = [];
worker.register("order.ship", async (job) => {
  const charge = await job.step("charge", () => {
    done.push("charge");
    return { id: "ch_1", amount: 4_200 };
  });
  if (job.attempt === 1) throw new Error("the carrier is closed");
  const label = await job.step("label", () => {
    done.push("label");
    return "L-1";
  });
  return { charge: charge.id, label };
});

// The same job as a later version would do it: its first step is another one.
worker.register("order.bill", async (job) => {
  await job.step(job.attempt === 1 ? "charge" : "charge-by-invoice", () => 1);
  throw new Error("no");
});

const retry = { initialInterval: 10, jitter: false };
const ship = await client.enqueue("order.ship", [], { retry });
const bill = await client.enqueue("order.bill", [], { retry });
await worker.start();

const ended = async (id: string) => {
  for (;;) {
    const job = await client.getJob(id);
    if (job.state === "completed" || job.state === "discarded") return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const shipped = await ended(ship.id);
assert.deepEqual(shipped.result, { charge: "ch_1", label: "L-1" });
assert.equal(shipped.attempt, 2);
assert.deepEqual(done, ["charge", "label"]); // charged once, in two attempts

// Steps that are not those of the attempt before end the job at once, before anything is done twice.
const billed = await ended(bill.id);
assert.equal(billed.error?.type, "StepError");
assert.equal(billed.attempt, 2);
assert.match(billed.error.message, /Step 1 was "charge" in an earlier attempt and is "charge-by-invoice" now/);

await worker.stop();
await server.close();
console.log("ok: steps are done once, and an attempt that takes another way is stopped");
