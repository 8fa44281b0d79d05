/** One middleware for both sides: it sends the tenant along with every job, and gives it to every handler. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { chain, type Middleware, OjsClient, OjsWorker, step } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const tenants = new AsyncLocalStorage<string>();
const tenant: Middleware = {
  name: "tenant",
  enqueue: (job, next) => next({ ...job, meta: { ...job.meta, tenant: tenants.getStore() } }),
  execute: (job, next) => tenants.run(String(job.meta.tenant), next),
};
const noTests: Middleware = { name: "no-tests", enqueue: (job, next) => (job.type === "test" ? null : next(job)) };

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport }).use(tenant).insertBefore("tenant", noTests);
await using worker = new OjsWorker({ transport }).use(tenant);

const seen: (string | undefined)[] = [];
worker.register("note", () => {
  seen.push(tenants.getStore());
});
await worker.start();

await tenants.run("acme", () => client.enqueue("note"));
await tenants.run("initech", () => client.createWorkflow(chain([step("note"), step("note")])));
while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
assert.deepEqual(seen.toSorted(), ["acme", "initech", "initech"]);

const dropped = await client.enqueue("test");
assert.equal(dropped.state, "dropped");
assert.equal(dropped.droppedBy, "no-tests");
assert.deepEqual(client.middleware, ["no-tests", "tenant"]);
console.log("ok: every job knew its tenant, on every way to the server, and one was dropped");
