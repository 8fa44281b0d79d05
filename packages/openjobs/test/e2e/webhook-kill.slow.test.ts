/** kill −9 between a commit and its delivery: whatever is in the store was told to the receiver, at least once. */
import { randomFillSync } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createUuid7 } from "../../src/core/uuid7.ts";
import { type OjsProcess, type OjsServe, startOjs } from "../support/ojs-process.ts";
import { describeOnPostgres, scratchSchema } from "../support/postgres-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type WebhookTarget, webhookTarget } from "../support/webhook-targets.ts";
import { type Random, seeded } from "./crash/random.ts";

const ROUNDS = 8;
const WORKERS = 8;

/** Receivers answer at once; so what a killed server had on its way is sent again after eleven seconds. */
const env = { OJS_WEBHOOK_TARGETS: "any", OJS_WEBHOOK_TIMEOUT_MS: "1000" };

const newId = createUuid7({ now: () => Date.now(), random: (bytes) => randomFillSync(bytes) });

// biome-ignore lint/suspicious/noExplicitAny: the test reaches into answers of several shapes
async function call(url: string, method: string, path: string, body?: object): Promise<any> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${url}/ojs/v1${path}`, init);
  return JSON.parse(await response.text());
}

/** Enqueues jobs and finishes some, until the server is gone; notes the ids of all that it tried to enqueue. */
async function work(url: string, tried: string[]): Promise<void> {
  try {
    for (;;) {
      const id = newId();
      tried.push(id);
      await call(url, "POST", "/jobs", { id, type: "report.make", args: [] });
      const { jobs } = await call(url, "POST", "/workers/fetch", { queues: ["default"], worker_id: "w" });
      for (const job of jobs) await call(url, "POST", "/workers/ack", { job_id: job.id });
    }
  } catch {
    // The server was killed.
  }
}

/** Which events about these jobs must have been told, by what the store says of them. */
async function owed(url: string, ids: readonly string[]): Promise<readonly string[]> {
  const states = await Promise.all(ids.map(async (id) => (await call(url, "GET", `/jobs/${id}`)).job?.state));
  return ids.flatMap((id, index) => {
    if (states[index] === undefined) return [];
    const told = states[index] === "available" ? [] : [`job.started ${id}`];
    return [`job.enqueued ${id}`, ...told, ...(states[index] === "completed" ? [`job.completed ${id}`] : [])];
  });
}

function heardBy(target: WebhookTarget): ReadonlySet<string> {
  const events = target.heard.map(({ body }) => JSON.parse(body));
  return new Set(events.map(({ type, subject }) => `${type} ${subject}`));
}

interface Rounds {
  readonly serve: OjsServe;
  readonly random: Random;
  /** Servers beside the one that is killed. */
  readonly survivors: number;
  /** How long it works, at least and at most: the first statements on PostgreSQL take their time. */
  readonly worksMs: readonly [number, number];
}

async function killRounds({ serve, random, survivors, worksMs }: Rounds): Promise<void> {
  await using target = await webhookTarget();
  const tried: string[] = [];
  let subscribed = false;
  for (let round = 0; round < ROUNDS; round += 1) {
    await using victim = await startOjs(serve);
    const others = await Promise.all(Array.from({ length: survivors }, () => startOjs(serve)));
    if (!subscribed) await subscribe(victim, target);
    subscribed = true;
    const working = Array.from({ length: WORKERS }, () => work(victim.url, tried));
    await delay(random.between(...worksMs));
    await victim.kill();
    await Promise.all(working);
    for (const other of others) await other.kill();
  }
  await using server = await startOjs(serve);
  const events = await owed(server.url, tried);
  expect(events.length).toBeGreaterThan(50);
  const missing = (): readonly string[] => events.filter((event) => !heardBy(target).has(event));
  for (let waited = 0; waited < 40 && missing().length > 0; waited += 1) await delay(1_000);
  expect(missing()).toEqual([]);
}

async function subscribe(server: OjsProcess, target: WebhookTarget): Promise<void> {
  const events = ["job.enqueued", "job.started", "job.completed"];
  await call(server.url, "POST", "/webhooks/subscriptions", { url: target.url, events });
}

describe("a receiver hears of everything that happened", () => {
  it("when the server is killed again and again, on SQLite", async () => {
    using folder = temporaryFolder();
    const serve = { storage: `sqlite:${folder.file("jobs.db")}`, env };
    await killRounds({ serve, random: seeded(7), survivors: 0, worksMs: [100, 400] });
  });
});

describeOnPostgres("a receiver hears of everything that happened", () => {
  it("when one of two servers is killed again and again, on PostgreSQL", async () => {
    const { url, schema, drop } = await scratchSchema();
    const serve = { storage: url, args: ["--schema", schema], env };
    await killRounds({ serve, random: seeded(8), survivors: 1, worksMs: [300, 1_000] });
    await drop();
  });
});
