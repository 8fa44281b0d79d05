/** A job that is pushed to a function of requests, behind node:http, as a Next.js route, and on AWS Lambda. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { DiscardError, OjsClient } from "openjobs";
import { createPushHandler } from "openjobs/push";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const secret = "whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCE=";

const handler = createPushHandler({
  secrets: secret,
  handlers: {
    "email.send": (job) => {
      if (job.arg("to") === undefined) throw new DiscardError("the job has no recipient");
      return { sent: job.arg("to"), attempt: job.attempt };
    },
  },
});

/** Next.js (app/api/jobs/route.ts), Hono (`app.post("/jobs", (c) => handler(c.req.raw))`), Bun, Deno, Workers: it is what they want. */
const POST = handler;

/** Node: any server that has not read the body yet. */
async function listener(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const call = new AbortController();
  outgoing.on("close", () => call.abort()); // the server waits no longer
  const request = new Request("http://function/", {
    method: "POST",
    headers,
    body: Buffer.concat(chunks),
    signal: call.signal,
  });
  const response = await POST(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}

/** AWS Lambda behind a function URL. */
interface FunctionUrlEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

async function lambda(event: FunctionUrlEvent) {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const response = await handler(new Request("https://lambda/", { method: "POST", headers: event.headers, body }));
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

const http = createHttp((incoming, outgoing) => void listener(incoming, outgoing));
await once(http.listen(0, "127.0.0.1"), "listening");
const address = http.address();
assert.ok(typeof address === "object" && address !== null);

const server = await createServer({ storage: memory(), webhooks: { targets: "any" } }); // `any` allows this machine
const { url } = await server.listen(0);
const registered = await fetch(`${url}/ojs/v1/push/endpoints`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    endpoint: `http://127.0.0.1:${address.port}/`,
    queues: ["mail"],
    config: { signing_secret: secret, timeout_ms: 10_000 },
  }),
});
assert.equal(registered.status, 201);

await using client = new OjsClient({ url });
async function ended(args: object) {
  const { id } = await client.enqueue("email.send", { ...args }, { queue: "mail" });
  for (;;) {
    const job = await client.getJob(id);
    if (job.state === "completed" || job.state === "discarded") return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const sent = await ended({ to: "ada@example.com" });
assert.deepEqual(sent.result, { sent: "ada@example.com", attempt: 1 });
const refused = await ended({});
assert.equal(refused.errors[0]?.code, "DISCARD");

// Who does not know the secret runs nothing, whatever is in front of the handler.
const forged = await lambda({ headers: { "x-ojs-signature": "sha256=00" }, body: "e30=", isBase64Encoded: true });
assert.equal(forged.statusCode, 401);

http.close();
http.closeAllConnections();
await server.close();
console.log("ok: the server pushed two jobs to a function, which did one, discarded one, and refused a forged call");
