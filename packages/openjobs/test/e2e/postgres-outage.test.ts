/** PostgreSQL goes away and comes back under a running `ojs serve`. The long version is postgres-outage.slow.test.ts. */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type CuttableProxy, cuttableProxy } from "../support/cuttable-proxy.ts";
import { type OjsProcess, startOjs } from "../support/ojs-process.ts";
import { describeOnPostgres, type OwnPostgres, ownPostgres } from "../support/postgres-server.ts";
import { RawOjs } from "../support/raw-ojs.ts";
import { tryToEnqueue, untilServed } from "./outage.ts";

/** "Full speed within one second", and what a busy machine may need besides. */
const BACK_MS = 8_000;

describeOnPostgres("a server whose PostgreSQL goes away", () => {
  let postgres: OwnPostgres;
  let proxy: CuttableProxy;
  let server: OjsProcess;
  let raw: RawOjs;

  beforeAll(async () => {
    postgres = await ownPostgres();
    const { hostname, port } = new URL(postgres.url);
    proxy = await cuttableProxy(hostname, Number(port));
    const through = new URL(postgres.url);
    through.port = String(proxy.port);
    server = await startOjs({ storage: through.href });
    raw = new RawOjs(server.url);
  }, 60_000);

  // One server for all: each outage meets one that has had others.
  beforeEach(async () => expect((await tryToEnqueue(raw)).status).toBe(201));

  afterAll(async () => {
    raw.close();
    expect((await server.stop()).code).toBe(0);
    await proxy[Symbol.asyncDispose]();
    await postgres.end();
  }, 60_000);

  it("answers 503 while the way is cut, and serves as soon as it is open", async () => {
    proxy.cut();
    expect((await tryToEnqueue(raw)).status).toBe(503);
    expect((await raw.send("GET", "/health")).status).toBe(503);
    await delay(300);
    expect((await tryToEnqueue(raw)).status).toBe(503);
    proxy.mend();
    expect(await untilServed(raw)).toBeLessThan(BACK_MS);
    expect((await raw.send("GET", "/health")).status).toBe(200);
  });

  it("keeps a fetch that waits, which gets its job when the way is open again", async () => {
    const waiting = raw.fetch({ queues: ["later"], count: 1, worker_id: "w", wait_ms: 20_000 });
    // What is claimed while the way is cut is answered 503: these are answered after the claim of the one that waits.
    for (let round = 0; round < 3; round += 1) await raw.fetch({ queues: ["later"], count: 1, worker_id: "w" });
    proxy.cut();
    await delay(300);
    proxy.mend();
    await untilServed(raw);
    const { body } = await raw.enqueue({ type: "test.job", args: [], options: { queue: "later" } });
    expect((await waiting).body.jobs).toMatchObject([{ id: body.job.id }]);
  });

  it("does without connections that an administrator has ended", async () => {
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    expect(await untilServed(raw)).toBeLessThan(BACK_MS);
    await admin.end();
  });

  it("survives that PostgreSQL is killed, and has lost nothing that it said was stored", async () => {
    const before = await Promise.all(Array.from({ length: 50 }, () => tryToEnqueue(raw)));
    await postgres.kill();
    expect((await tryToEnqueue(raw)).status).toBe(503);
    await postgres.start();
    expect(await untilServed(raw)).toBeLessThan(BACK_MS);
    for (const { body } of before) expect(await raw.job(body.job.id)).toMatchObject({ state: "available" });
  });
});
