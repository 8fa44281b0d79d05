/** Jobs that a server pushes to a route of a Hono application. */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { createPushHandler } from "openjobs/push";
import { Eavesdropper, SECRET, startPushing } from "./pushing/job-server.js";

const outbox: unknown[] = [];
const jobs = createPushHandler({
  secrets: SECRET, // in production process.env.OJS_PUSH_SECRET
  handlers: {
    "email.send": (job) => {
      outbox.push(job.arg("to"));
      return { sent: job.arg("to") };
    },
  },
});

const app = new Hono();
app.get("/", (c) => c.text("an application as any other"));
// `raw` is the request itself. A middleware that reads the body before (a logger, a validator) would break the signature.
app.post("/jobs", (c) => jobs(c.req.raw));

// On Bun, Deno and Cloudflare Workers `app.fetch` is all that is needed; here node:http is in front of it.
const eavesdropper = new Eavesdropper();
await using pushing = await startPushing(eavesdropper.listen(app.fetch), "/jobs");

const job = await pushing.client.enqueue("email.send", { to: "ada@example.com" }, { queue: "mail" });
assert.deepEqual(await pushing.client.result(job), { sent: "ada@example.com" });

// Who has heard a call cannot have it done with other arguments,
const forged = await app.fetch(eavesdropper.forge("ada@example.com", "eve@example.com"));
assert.equal(forged.status, 401);
// nor have it done again: it is answered as it was, and nothing is run.
const replayed = await app.fetch(eavesdropper.replay());
assert.equal(replayed.headers.get("x-ojs-replayed"), "true");
assert.deepEqual(outbox, ["ada@example.com"]);

console.log("ok: a Hono route did a pushed job, and refused a forged and a repeated call");
