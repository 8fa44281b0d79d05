/** Jobs that are pushed to a function behind node:http: register it, do a job in steps, discard one, replace the secret. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { DiscardError, OjsClient } from "openjobs";
import { toNodeListener } from "openjobs/node";
import { createPushHandler } from "openjobs/push";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const OLD = "whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCE=";
const NEW = "whsec_YW5vdGhlciBzZWNyZXQsIGxhdGVyIQ==";

const outbox: unknown[] = [];
const server = await createServer({ storage: memory(), webhooks: { targets: "any" } }); // `any` allows this machine
const { url } = await server.listen(0);

const handler = createPushHandler({
  secrets: [NEW, OLD], // both count while the server goes from one to the other
  server: { url }, // for progress and steps; their outcomes are told by the answer
  handlers: {
    "email.send": async (job) => {
      const to = job.arg("to");
      if (to === undefined) throw new DiscardError("the job has no recipient");
      await job.step("deliver", () => outbox.push(to)); // done once, also when a later call has to go on
      job.progress(0.5);
      if (to === "bob@example.com" && job.attempt === 1) throw new Error("the archive is closed");
      return { sent: to, attempt: job.attempt };
    },
  },
});
const http = createHttp(toNodeListener(handler));
await once(http.listen(0, "127.0.0.1"), "listening");
const address = http.address();
assert.ok(typeof address === "object" && address !== null);

async function call(method: string, path: string, body: object) {
  const response = await fetch(`${url}/ojs/v1/push/endpoints${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok);
  return JSON.parse(await response.text());
}
const { id } = await call("POST", "", {
  endpoint: `http://127.0.0.1:${address.port}/`,
  queues: ["mail"],
  config: { signing_secret: OLD, timeout_ms: 10_000 },
});

await using client = new OjsClient({ url });
const send = (args: object) =>
  client.enqueue("email.send", { ...args }, { queue: "mail", retry: { initialInterval: 10 } });
assert.deepEqual(await client.result(await send({ to: "ada@example.com" })), { sent: "ada@example.com", attempt: 1 });
await assert.rejects(client.result(await send({})), { state: "discarded", message: /the job has no recipient/ });

await call("PATCH", `/${id}`, { config: { signing_secret: NEW } });
assert.deepEqual(await client.result(await send({ to: "bob@example.com" })), { sent: "bob@example.com", attempt: 2 });
assert.deepEqual(outbox, ["ada@example.com", "bob@example.com"]);

// Who knows neither secret runs nothing.
const forged = { method: "POST", headers: { "x-ojs-signature": "sha256=00", "x-ojs-timestamp": "0" }, body: "{}" };
assert.equal((await handler(new Request("http://function/", forged))).status, 401);

http.close();
http.closeAllConnections();
await server.close();
console.log(
  "ok: the server pushed three jobs under two secrets to a function, which did two, one of them in two calls, and discarded one",
);
