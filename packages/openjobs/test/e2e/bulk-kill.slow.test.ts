/** kill −9 around bulks: one with an idempotency key happens once, and calls that travel together are enqueued once each. */
import { expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { startOjs } from "../support/ojs-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Random, seeded } from "./crash/random.ts";

const ROUNDS = 12;
const JOBS = 40;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Undefined when the connection broke before the answer was complete. */
async function postBulk(url: string, key: string): Promise<Answer | undefined> {
  const jobs = Array.from({ length: JOBS }, (_, n) => ({
    type: "bulk.item",
    args: [key, n],
    options: { queue: "bulk" },
  }));
  try {
    const response = await fetch(`${url}/ojs/v1/jobs/bulk`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ jobs }),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

async function waiting(url: string, queue: string): Promise<number> {
  await using client = new OjsClient({ url });
  return (await client.getQueueStats(queue)).counts.available ?? 0;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

it("carries out a bulk once under its key, wherever in it the server dies", async () => {
  using folder = temporaryFolder();
  const storage = `sqlite:${folder.file("jobs.db")}`;
  const random = seeded(42);
  const answers = new Map<string, Answer | undefined>();
  for (let round = 0; round < ROUNDS; round += 1) {
    await using server = await startOjs({ storage });
    const keys = Array.from({ length: 20 }, (_, n) => `r${round}-${n}`);
    const asked = keys.map(async (key) => answers.set(key, await postBulk(server.url, key)));
    await killSoon(server, random);
    await Promise.all(asked);
  }
  const lost = [...answers.values()].filter((answer) => answer === undefined).length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(answers.size);
  await using server = await startOjs({ storage });
  for (const [key, before] of answers) {
    const again = await postBulk(server.url, key);
    expect(again?.status).toBe(201);
    if (before !== undefined) expect(again).toEqual(before);
    expect(await postBulk(server.url, key)).toEqual(again);
  }
  expect(await waiting(server.url, "bulk")).toBe(answers.size * JOBS);
});

it("enqueues every call once that travels with others, however often the server dies under it", async () => {
  using folder = temporaryFolder();
  const storage = `sqlite:${folder.file("jobs.db")}`;
  const random = seeded(43);
  let server = await startOjs({ storage });
  const { url, port } = server;
  const client = new OjsClient({ url, retry: { retries: 50, baseDelay: 20, maxDelay: 100 } });
  await Promise.all([1, 2].map(() => client.enqueue("warm.up", [], { queue: "warm" })));
  let going = true;
  let accepted = 0;
  const caller = async (): Promise<void> => {
    while (going) {
      await client.enqueue("a.b", [], { queue: "calls" });
      accepted += 1;
    }
  };
  const callers = Promise.all(Array.from({ length: 50 }, caller));
  for (let round = 0; round < ROUNDS; round += 1) {
    await later(100);
    await killSoon(server, random);
    server = await startOjs({ storage, port });
  }
  going = false;
  await callers;
  expect(accepted).toBeGreaterThan(500);
  expect(await waiting(url, "calls")).toBe(accepted);
  await server.kill();
});

async function killSoon(server: { kill(): Promise<unknown> }, random: Random): Promise<void> {
  await later(random.between(1, 60));
  await server.kill();
}
