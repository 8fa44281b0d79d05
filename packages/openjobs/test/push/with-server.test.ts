/** A real server calls a real push handler, behind Node's own HTTP. */
import { createServer as createHttp, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DiscardError, type JobContext, type JobHandler } from "openjobs";
import { createPushHandler, verifyWebhook } from "openjobs/push";
import { describe, expect, it, vi } from "vitest";
import { testServer } from "../server/test-server.ts";

const ANY = { webhooks: { targets: "any" } } as const;
const SECRET = "whsec_c2VjcmV0IG9mIGEgdGVzdA==";

/** Serves a function of requests, as the adapters of the guide do. */
async function served(answer: (request: Request) => Promise<Response>) {
  const server: Server = createHttp(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const response = await answer(
      new Request("http://f.example/", { method: "POST", headers, body: Buffer.concat(chunks) }),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function pushed(run: JobHandler) {
  await using target = await served(createPushHandler({ secrets: SECRET, handlers: { "email.send": run } }));
  await using test = await testServer(ANY);
  const config = { signing_secret: SECRET, timeout_ms: 20_000 };
  await test.post("/ojs/v1/push/endpoints", { endpoint: target.url, queues: ["default"], config });
  const { id } = await test.enqueue({ type: "email.send", args: [{ to: "ä€😀" }] });
  return await vi.waitFor(async () => {
    const { job } = (await test.get(`/ojs/v1/jobs/${id}`)).body;
    expect(["completed", "discarded"]).toContain(job.state);
    return job;
  });
}

describe("a push handler and the server", () => {
  it("agree on signatures, jobs and results", async () => {
    let seen: JobContext | undefined;
    const job = await pushed((context) => {
      seen = context;
      return { sent: context.arg("to") };
    });
    expect(job).toMatchObject({ state: "completed", result: { sent: "ä€😀" } });
    expect(seen).toMatchObject({ id: job.id, attempt: 1, job: { state: "active" } });
  });

  it("agree on how jobs fail", async () => {
    const job = await pushed(() => {
      throw new DiscardError("no such address", { type: "mail.unknown" });
    });
    expect(job).toMatchObject({
      state: "discarded",
      errors: [{ code: "DISCARD", type: "mail.unknown", message: "no such address" }],
    });
  });

  it("agree on webhooks", async () => {
    const events: unknown[] = [];
    const refused: unknown[] = [];
    await using target = await served(async (request) => {
      await verifyWebhook(request.clone(), { secrets: "whsec_of_somebody_else" }).catch((error) =>
        refused.push(error.status),
      );
      events.push((await verifyWebhook(request, { secrets: ["whsec_of_somebody_else", SECRET] })).event);
      return new Response(null, { status: 204 });
    });
    await using test = await testServer(ANY);
    await test.post("/ojs/v1/webhooks/subscriptions", { url: target.url, events: ["job.enqueued"], secret: SECRET });
    await test.enqueue();
    await vi.waitFor(() => expect(events).toMatchObject([{ type: "job.enqueued" }]));
    expect(refused).toEqual([401]);
  });
});
