/** A real server calls a real push handler, behind Node's own HTTP. */
import { createServer as createHttp } from "node:http";
import type { AddressInfo } from "node:net";
import { DiscardError, type Job, type JobContext, type JobHandler, OjsClient } from "openjobs";
import { toNodeListener } from "openjobs/node";
import { createPushHandler, verifyWebhook } from "openjobs/push";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { describe, expect, it, vi } from "vitest";

/** Looked for every millisecond: WebCrypto and sockets take their own time. */
const SOON = { interval: 1, timeout: 10_000 };

const SECRET = "whsec_c2VjcmV0IG9mIGEgdGVzdA==";

/** Serves a function of requests at an address of this machine. */
async function served(answer: (request: Request) => Promise<Response>) {
  const server = createHttp(toNodeListener(answer));
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

/** A server that calls this machine, and a client of it. */
async function calling() {
  const server = await createServer({ storage: memory(), webhooks: { targets: "any" } });
  return {
    client: new OjsClient({ transport: server.transport }),
    post: async (path: string, body: object): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", path: `/ojs/v1${path}`, headers, body: JSON.stringify(body) } as const;
      expect((await server.transport.request(request)).status).toBe(201);
    },
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}

async function pushed(run: JobHandler): Promise<Job> {
  await using target = await served(createPushHandler({ secrets: SECRET, handlers: { "email.send": run } }));
  await using test = await calling();
  const config = { signing_secret: SECRET, timeout_ms: 20_000 };
  await test.post("/push/endpoints", { endpoint: target.url, queues: ["default"], config });
  const { id } = await test.client.enqueue("email.send", { to: "ä€😀" });
  await test.client.result(id).catch(() => undefined);
  return await test.client.getJob(id);
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
    await using test = await calling();
    await test.post("/webhooks/subscriptions", { url: target.url, events: ["job.enqueued"], secret: SECRET });
    await test.client.enqueue("email.send", []);
    await vi.waitFor(() => expect(events).toMatchObject([{ type: "job.enqueued" }]), SOON);
    expect(refused).toEqual([401]);
  });
});
