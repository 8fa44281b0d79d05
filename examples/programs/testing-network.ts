/** A test of how an application gets on with a bad network and a busy server: the script says what goes wrong, the clock is held. */
import assert from "node:assert/strict";
import { OjsClient, OjsError } from "openjobs";
import { createTestOjs, createTestTransport, reply } from "openjobs/testing";

await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
const transport = createTestTransport({ server: ojs.transport, clock: ojs.clock });
const client = new OjsClient({ transport }, { clock: ojs.clock });

// Busy at first, then the answer to the second request gets lost: the third finds the job that is there.
transport
  .on("POST /ojs/v1/jobs")
  .reply(reply.error("rate_limited", { retryAfter: "2s" }), reply.lost({ delivered: true }));
const sending = client.enqueue("email.send", { to: "ada@example.com" });
await ojs.advance("5s");
await sending;
transport.assertSent("POST /ojs/v1/jobs", { body: { type: "email.send" }, count: 3 });
transport.assertPlayed();
ojs.assertEnqueued("email.send", { count: 1 });

// An outage of a minute, and a client that does not wait for its end.
transport.disconnect();
const given = client
  .enqueue("email.send", { to: "bob@example.com" }, {}, { totalTimeout: "10s" })
  .catch((error) => error);
await ojs.advance("1m");
const error: unknown = await given;
assert.ok(error instanceof OjsError && error.code === "connection_error");
transport.reconnect();
ojs.refuteEnqueued("email.send", { args: { to: "bob@example.com" } });

// An assertion that fails says what was sent.
assert.throws(() => transport.assertSent("DELETE"), /POST \/ojs\/v1\/jobs .* → 429/);
console.log("ok: three requests, one job, and an outage that took no time");
