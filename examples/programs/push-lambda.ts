/** Jobs that a server pushes to AWS Lambda: a function behind a function URL, and the same behind a load balancer. */
import assert from "node:assert/strict";
import { createPushHandler, type LambdaHttpEvent, toLambda } from "openjobs/push";
import { Eavesdropper, SECRET, startPushing } from "./pushing/job-server.js";

const outbox: unknown[] = [];
const push = createPushHandler({
  secrets: SECRET, // in production process.env.OJS_PUSH_SECRET
  handlers: {
    "email.send": (job) => {
      outbox.push(job.arg("to"));
      return { sent: job.arg("to") };
    },
  },
});
/** What Lambda invokes: `export const handler` of the deployed file. */
export const handler = toLambda(push);

// Two fronts of AWS, which make an event of a request. The first sends bodies in base64, the second each header as a list.
async function functionUrlEvent(request: Request): Promise<LambdaHttpEvent> {
  return {
    rawPath: new URL(request.url).pathname,
    rawQueryString: "",
    headers: Object.fromEntries(request.headers),
    requestContext: { http: { method: request.method } },
    body: Buffer.from(await request.arrayBuffer()).toString("base64"),
    isBase64Encoded: true,
  };
}
async function loadBalancerEvent(request: Request): Promise<LambdaHttpEvent> {
  const lists = [...request.headers].map(([name, value]): [string, string[]] => [name, [value]]);
  const multiValueHeaders = Object.fromEntries(lists);
  const { pathname: path } = new URL(request.url);
  return { httpMethod: request.method, path, multiValueHeaders, body: await request.text(), isBase64Encoded: false };
}
/** The milliseconds that Lambda leaves the function: the job's signal is aborted before they are over. */
const context = { getRemainingTimeInMillis: () => 10_000 };

async function lambda(request: Request): Promise<Response> {
  const { statusCode, headers, body } = await handler(await functionUrlEvent(request), context);
  return new Response(body, { status: statusCode, headers: { ...headers } });
}
const eavesdropper = new Eavesdropper();
await using pushing = await startPushing(eavesdropper.listen(lambda));

const job = await pushing.client.enqueue("email.send", { to: "ada@example.com" }, { queue: "mail" });
assert.deepEqual(await pushing.client.result(job), { sent: "ada@example.com" });

const forged = await lambda(eavesdropper.forge("ada@example.com", "eve@example.com"));
assert.equal(forged.status, 401);
// The same call by another way is the same call: it is answered as it was, and nothing is run.
const replayed = await handler(await loadBalancerEvent(eavesdropper.replay()), context);
assert.deepEqual(replayed.multiValueHeaders?.["x-ojs-replayed"], ["true"]);
assert.deepEqual(JSON.parse(replayed.body), { status: "completed", result: { sent: "ada@example.com" } });
assert.deepEqual(outbox, ["ada@example.com"]);
await assert.rejects(handler({ body: "an event of a queue" }), { code: "invalid_request" });

console.log("ok: Lambda did a pushed job, and refused a forged call, a repeated one, and an event that is no call");
