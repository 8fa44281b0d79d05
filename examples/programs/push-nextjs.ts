/**
 * Jobs that a server pushes to a route of Next.js' App Router (app/api/jobs/[queue]/route.ts). Next.js itself is not started here: the route is
 * called as Next.js calls it, with a request and a context.
 */
import assert from "node:assert/strict";
import { DiscardError } from "openjobs";
import { createPushHandler } from "openjobs/push";
import { Eavesdropper, SECRET, startPushing } from "./pushing/job-server.js";

const outbox: unknown[] = [];

// --- route.ts ---
/** Signed bytes are hashed and remembered: keep the route dynamic. Vercel reads from here for how long a call may run, in seconds. */
export const dynamic = "force-dynamic";
export const maxDuration = 60;
export const POST = createPushHandler({
  secrets: SECRET, // in production process.env.OJS_PUSH_SECRET
  handlers: {
    "email.send": (job) => {
      const to = job.arg("to");
      if (typeof to !== "string") throw new DiscardError("the job has no recipient");
      outbox.push(to);
      return { sent: to };
    },
  },
});
// --- end of route.ts ---

/** What Next.js gives to a route: the second argument has the parameters of the path, as a promise. */
type Route = (request: Request, context: { readonly params: Promise<Record<string, string>> }) => Promise<Response>;
const route: Route = POST;
const next = (request: Request) => route(request, { params: Promise.resolve({ queue: "mail" }) });

const eavesdropper = new Eavesdropper();
await using pushing = await startPushing(eavesdropper.listen(next), "/api/jobs/mail");

const job = await pushing.client.enqueue("email.send", { to: "ada@example.com" }, { queue: "mail" });
assert.deepEqual(await pushing.client.result(job), { sent: "ada@example.com" });
const replay = eavesdropper.replay();
assert.equal((await next(eavesdropper.forge("ada@example.com", "eve@example.com"))).status, 401);

const broken = await pushing.client.enqueue("email.send", {}, { queue: "mail" });
await assert.rejects(pushing.client.result(broken), { state: "discarded" });

assert.equal((await next(replay)).headers.get("x-ojs-replayed"), "true");
assert.deepEqual(outbox, ["ada@example.com"]);
console.log("ok: a route of Next.js did one job, discarded one, and refused a forged and a repeated call");
