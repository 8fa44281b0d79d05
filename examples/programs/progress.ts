/** A long job that says how far it has come, writes to its own log, and can be watched from outside. */
import assert from "node:assert/strict";
import { type Logger, OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const lines: string[] = [];
const write: Logger["info"] = (message, facts) => void lines.push(`${message} ${String(facts?.jobId)}`);
const logger: Logger = { debug: () => undefined, info: write, warn: write, error: write };

const server = await createServer({ storage: memory() });
const client = new OjsClient({ transport: server.transport });
const worker = new OjsWorker({ transport: server.transport, logger });

const ROWS = 3_000;
worker.register("csv.import", (job) => {
  job.log.info("import begins");
  for (let row = 0; row <= ROWS; row += 1) {
    // As often as you like: one report a second travels, and the last one before the outcome.
    if (row % 100 === 0) job.progress({ current: row, total: ROWS, message: `row ${row}` }, { file: "orders.csv" });
  }
  return ROWS;
});

const { id } = await client.enqueue("csv.import");
await worker.start();
while ((await client.getJob(id)).state !== "completed") await new Promise((resolve) => setTimeout(resolve, 5));

const { events } = await client.listEvents({ types: ["job.progress"] });
assert.equal(events.length, 2); // the first report and the last one
assert.equal(events.at(-1)?.data.progress_percent, 100);
assert.equal(events.at(-1)?.data.progress_message, "row 3000");
assert.ok(lines.includes(`import begins ${id}`));

await worker.stop();
await server.close();
console.log("ok: progress, throttled to a report a second, and a log that knows its job");
