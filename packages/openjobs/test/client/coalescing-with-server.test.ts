/** Calls that travel together against the real server: in this process, and over HTTP with both transports. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import type { Transport } from "../../src/client/transport.ts";
import type { EnqueueOptions } from "../../src/core/codec/enqueue-options.ts";
import { OjsError } from "../../src/core/errors.ts";
import { turn } from "./manual-clock.ts";
import { serverWays } from "./server-ways.ts";

interface Counted extends Transport {
  readonly paths: string[];
  /** How many answers are still to be lost. */
  losses: number;
}

function counted(inner: Transport): Counted {
  const transport: Counted = {
    paths: [],
    losses: 0,
    async request(request) {
      transport.paths.push(request.path);
      const response = await inner.request(request);
      if (request.method === "POST" && transport.losses > 0) {
        transport.losses -= 1;
        throw new Error("the connection broke before the answer arrived");
      }
      return response;
    },
  };
  return transport;
}

/** A client that knows already that the server takes bulks. */
async function prepared(transport: Counted): Promise<OjsClient> {
  const client = new OjsClient({ transport, retry: { baseDelay: 0 } });
  await Promise.all([1, 2].map(() => client.enqueue("warm.up", [], { queue: "warm" })));
  while (!transport.paths.includes("/ojs/manifest")) await turn();
  await client.health();
  // What sends bulks is loaded with the manifest's answer; who imports it later has it later.
  await import("../../src/client/coalesce/bulk-queue.ts");
  await client.health();
  transport.paths.length = 0;
  return client;
}

/** What the server says about an enqueue, without what is new every time. */
function shown(outcome: PromiseSettledResult<unknown>): unknown {
  if (outcome.status === "fulfilled") return "accepted";
  const { reason } = outcome;
  if (!(reason instanceof OjsError)) throw reason;
  const { requestId, jobId, ...facts } = reason;
  expect([typeof requestId, typeof jobId]).toEqual(["string", "string"]);
  return { ...facts, kind: reason.constructor, message: reason.message };
}

const refused: readonly [string, unknown, EnqueueOptions][] = [
  ["a.b", [], { queue: "NO" }],
  ["No Type", [], {}],
  ["a.b", [], { priority: 1_000 }],
  ["a.b", [], { retry: { maxAttempts: -1 } }],
  ["a.b", [], { id: "not-an-id" }],
  ["a.b", ["x".repeat(1_048_577)], {}],
  ["a.b", [], { meta: { m: "x".repeat(70_000) } }],
  ["a.b", [], { scheduledAt: "tomorrow" }],
  ["a.b", [], { tags: ["ok", ""] }],
];

describe.each(serverWays())("%s", (way, open) => {
  const queue = `together-${way.replace(/\W/g, "-")}`;

  it("keeps order and content with a tenth of the requests", async () => {
    const transport = counted(open());
    const client = await prepared(transport);
    const jobs = await Promise.all(
      Array.from({ length: 300 }, (_, n) => client.enqueue("n.th", { n }, { queue, tags: [`t${n}`], delay: "1h" })),
    );
    expect(transport.paths).toEqual(["/ojs/v1/jobs/bulk"]);
    expect(jobs.map(({ args }) => args)).toEqual(Array.from({ length: 300 }, (_, n) => [{ n }]));
    expect(await client.getJob(jobs[7]?.id ?? "")).toEqual(jobs[7]);
    expect((await client.getQueueStats(queue)).counts.scheduled).toBe(300);
  });

  it("refuses each call as it would have been refused alone", async () => {
    const together = await prepared(counted(open()));
    const alone = new OjsClient({ transport: open(), coalesce: false });
    const enqueueAll = (client: OjsClient) =>
      Promise.allSettled([
        ...refused.map(([type, args, options]) => client.enqueue(type, args as [], options)),
        client.enqueue("a.b", [], { queue: `${queue}-good` }),
      ]);
    const outcomes = (await enqueueAll(together)).map(shown);
    expect(outcomes).toEqual((await enqueueAll(alone)).map(shown));
    expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(1);
  });

  it("enqueues nothing twice when answers get lost", async () => {
    const transport = counted(open());
    const client = await prepared(transport);
    transport.losses = 2;
    const jobs = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.enqueue("a.b", n, { queue: `${queue}-lossy` })),
    );
    expect(transport.paths).toEqual(["/ojs/v1/jobs/bulk", "/ojs/v1/jobs/bulk", "/ojs/v1/jobs/bulk"]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(50);
    expect(jobs.map(({ args }) => args[0])).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect((await client.getQueueStats(`${queue}-lossy`)).counts.available).toBe(50);
  });

  it("carries fifty callers that go on and on by few requests", async () => {
    const transport = counted(open());
    const client = await prepared(transport);
    const caller = async (): Promise<void> => {
      for (let n = 0; n < 20; n += 1) await client.enqueue("a.b", n, { queue: `${queue}-many` });
    };
    await Promise.all(Array.from({ length: 50 }, caller));
    expect((await client.getQueueStats(`${queue}-many`)).counts.available).toBe(1_000);
    expect(transport.paths.length).toBeLessThan(120);
  });
});
