/** What a producer can say about a job, each option as the server then has it. */
import assert from "node:assert/strict";
import { OjsClient, OjsConflictError } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const client = new OjsClient({ transport: server.transport });

const job = await client.enqueue(
  "report.build",
  { month: "2026-10" },
  {
    queue: "reports",
    priority: "high",
    delay: "5m",
    timeout: "10m",
    expiresAt: new Date(Date.now() + 86_400_000),
    retry: { maxAttempts: 5, initialInterval: "2s", onExhaustion: "dead_letter" },
    unique: { keys: ["type", "args"], period: "1h" },
    tags: ["monthly"],
    meta: { tenant: "acme" },
    schema: "urn:example:report",
  },
);
const kept = await client.getJob(job.id);
assert.equal(kept.state, "scheduled");
assert.deepEqual(kept.args, [{ month: "2026-10" }]);
assert.deepEqual([kept.queue, kept.priority, kept.timeoutMs], ["reports", 10, 600_000]);
assert.deepEqual([kept.tags, kept.meta], [["monthly"], { tenant: "acme" }]);
assert.deepEqual([kept.retry?.maxAttempts, kept.schema], [5, "urn:example:report"]);
assert.ok(kept.expiresAt !== undefined && kept.scheduledAt !== undefined);

await assert.rejects(
  client.enqueue(
    "report.build",
    { month: "2026-10" },
    { queue: "reports", unique: { keys: ["type", "args"], period: "1h" } },
  ),
  OjsConflictError,
);
const [csv, pdf] = await client.enqueueBatch([
  { type: "export.write", args: ["csv"], options: { scheduledAt: "2030-01-31T09:30:00Z" } },
  { type: "export.write", args: ["pdf"] },
]);
assert.deepEqual([csv?.state, pdf?.state], ["scheduled", "available"]);
console.log("ok: every option is on the job, a second unique one was refused, a batch went as one request");
