/** A test of jobs: the real engine, no server, no sleeping. An hour passes in a moment. */
import assert from "node:assert/strict";
import { createTestOjs } from "openjobs/testing";

await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
const sent: unknown[] = [];
ojs.register("email.send", (job) => void sent.push(job.arg("to")));

// The application enqueues …
await ojs.client.enqueue("email.send", { to: "ada@example.com" });
await ojs.client.enqueue("email.send", { to: "bob@example.com" }, { delay: "1h" });
ojs.assertEnqueued("email.send", { count: 2 });
ojs.refuteEnqueued("email.send", { args: { to: "eve@example.com" } });

// … the first attempt fails, and is repeated when its time has come.
ojs.failNext("email.send", new Error("SMTP down"));
assert.equal(await ojs.drain(), 1);
ojs.assertFailed("email.send", { where: ({ error }) => error?.message === "SMTP down" });
assert.deepEqual(sent, []);
await ojs.advance("1h", { drain: true });
assert.deepEqual(sent, ["ada@example.com", "bob@example.com"]);
ojs.assertCompleted("email.send", { count: 2 });

// An assertion that fails says what was there.
assert.throws(
  () => ojs.assertEnqueued("report.build"),
  /email\.send \[\{"to":"ada@example\.com"\}\] in default, completed/,
);
console.log("ok: failed, repeated, and an hour passed without waiting");
