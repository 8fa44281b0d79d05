/** A worker whose handlers are the files of a folder. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { loadHandlers } from "openjobs/node";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { job as buildReport } from "./handlers/report/build.js";

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
await using worker = new OjsWorker({ transport });

const loaded = await loadHandlers(worker, new URL("./handlers/", import.meta.url));
assert.deepEqual(
  loaded.map(({ type }) => type),
  ["email.send", "report.build"],
);
await worker.start();

async function resultOf(id: string): Promise<unknown> {
  for (;;) {
    const { state, result } = await client.getJob(id);
    if (state === "completed") return result;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const mail = await client.enqueue("email.send", { to: "ada@example.com" });
const report = await client.enqueue(buildReport, { month: 10 });
assert.deepEqual(await resultOf(mail.id), { sent: "ada@example.com" });
assert.equal(await resultOf(report.id), "Report of October");
console.log("ok: two files of a folder were the handlers of two types of jobs");
