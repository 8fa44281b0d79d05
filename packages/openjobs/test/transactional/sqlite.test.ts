import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { chain, OjsClient, OjsWorker, step } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { type SqliteHandle, type SqliteStore, sqlite } from "../../src/storage/sqlite/index.ts";
import { type SynchronousTransactionClient, transactional } from "../../src/transactional/index.ts";
import { scratchFile } from "../storage/sqlite-scratch.ts";

/** What the libraries have in common. */
interface Handle extends SqliteHandle {
  prepare(sql: string): { get(...values: readonly unknown[]): unknown };
}

type Open = new (file: string) => Handle;

const load = createRequire(import.meta.url);
const libraries: [string, () => Open][] = [
  ["libsql", () => load("libsql") as Open],
  ["node:sqlite", () => (load("node:sqlite") as { DatabaseSync: Open }).DatabaseSync],
];

/** Those that this runtime has. */
/** What is not noticed is found when the wait of a fetch is over, after half a minute. */
const NOTICED_MS = 10_000;

const available = libraries.filter(([, open]) => {
  try {
    open();
    return true;
  } catch {
    return false;
  }
});

/** An application in the process of its server, on one file. */
interface Application {
  readonly storage: SqliteStore;
  readonly server: OjsServer;
  readonly ojs: OjsClient;
  readonly handle: Handle;
  readonly jobs: SynchronousTransactionClient;
  /** Runs `work` in a transaction of the application. */
  transaction<T>(work: () => T, end?: "COMMIT" | "ROLLBACK"): T;
}

async function start(open: () => Open): Promise<Application> {
  const file = scratchFile();
  const storage = sqlite(file);
  const server = await createServer({ storage });
  onTestFinished(() => server.close({ graceMs: 0 }));
  const handle = new (open())(file);
  onTestFinished(() => {
    handle.close();
  });
  handle.exec("CREATE TABLE orders (id TEXT PRIMARY KEY)");
  return {
    storage,
    server,
    handle,
    ojs: new OjsClient({ transport: server.transport }),
    jobs: transactional(storage).in(handle),
    transaction(work, end = "COMMIT") {
      handle.exec("BEGIN IMMEDIATE");
      const result = work();
      handle.exec(end);
      return result;
    },
  };
}

async function listen({ server }: Application, type: string) {
  const ran: { id: string; args: readonly unknown[] }[] = [];
  const worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  worker.register(type, ({ id, args }) => {
    ran.push({ id, args });
  });
  await worker.start();
  onTestFinished(() => worker.stop());
  await delay(100); // the fetch has to have parked
  return ran;
}

async function fetchJobs(
  { server }: Application,
  more: object = {},
): Promise<readonly { readonly id: string; readonly priority: number }[]> {
  const { body } = await server.transport.request({
    method: "POST",
    path: "/ojs/v1/workers/fetch",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ queues: ["default"], count: 50, worker_id: "w", ...more }),
  });
  return JSON.parse(body).jobs;
}

describe.each(available)("a transaction on SQLite, by %s", (_name, open) => {
  it("brings jobs that run once it is committed, at once, and counts them", async () => {
    const app = await start(open);
    const ran = await listen(app, "mail.send");
    const [first] = app.transaction(() => {
      app.handle.exec("INSERT INTO orders VALUES ('a')");
      return [app.jobs.enqueue("mail.send", [1]), ...app.jobs.enqueueBatch([{ type: "mail.send", args: [2] }])];
    });
    const committed = performance.now();
    await expect.poll(() => ran.length).toBe(2);
    expect(performance.now() - committed).toBeLessThan(NOTICED_MS);
    expect(ran[0]?.id).toBe(first?.id);
    await expect.poll(async () => (await app.ojs.getQueueStats("default")).counts.completed).toBe(2);
    expect((await app.ojs.getQueueStats("default")).counts.available).toBe(0);
  });

  it("takes its jobs with it when it is rolled back, and a savepoint its own", async () => {
    const app = await start(open);
    const gone = app.transaction(() => app.jobs.enqueue("gone"), "ROLLBACK");
    const [kept, undone] = app.transaction(() => {
      const first = app.jobs.enqueue("kept");
      app.handle.exec("SAVEPOINT here");
      const second = app.jobs.enqueue("gone");
      app.handle.exec("ROLLBACK TO here");
      return [first, second];
    });
    for (const { id } of [gone, undone]) {
      await expect(app.ojs.getJob(id)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await app.ojs.getJob(kept.id)).toMatchObject({ type: "kept", state: "available" });
    expect((await app.ojs.getQueueStats("default")).counts.available).toBe(1);
  });

  it("is seen by the server's own commits and reads right after it", async () => {
    const app = await start(open);
    await app.ojs.enqueue("before");
    const ids = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      ids.add(app.transaction(() => app.jobs.enqueue("theirs", [round])).id);
      ids.add((await app.ojs.enqueue("ours", [round])).id);
      app.transaction(() => app.jobs.enqueue("never", [round]), "ROLLBACK");
      expect((await app.ojs.getQueueStats("default")).counts.available).toBe(1 + ids.size);
    }
    const jobs = await fetchJobs(app);
    expect(jobs.slice(1).map(({ id }) => id)).toEqual([...ids]);
  });

  it("goes on after a job was refused", async () => {
    const app = await start(open);
    const { id } = await app.ojs.enqueue("there");
    app.transaction(() => {
      expect(() => app.jobs.enqueue("Not A Type")).toThrow(/must be a job type/);
      expect(() => app.jobs.enqueue("another", [], { id })).toThrow(/already another job/);
      expect(() => app.jobs.enqueueBatch([{ type: "one" }, { type: "two", options: { id } }])).toThrow(
        /already another/,
      );
      app.jobs.enqueue("fine");
    });
    expect((await app.ojs.getQueueStats("default")).counts.available).toBe(2);
  });

  it("decides about unique jobs over its own, those of the server and those of transactions before", async () => {
    const app = await start(open);
    const unique = { keys: ["type", "args"] as const };
    const ignore = { unique: { ...unique, onConflict: "ignore" as const } };
    const server = await app.ojs.enqueue("report", [1], ignore);
    app.transaction(() => {
      expect(app.jobs.enqueue("report", [1], ignore)).toMatchObject({ id: server.id, deduplicated: true });
      const own = app.jobs.enqueue("report", [2], ignore);
      expect(app.jobs.enqueue("report", [2], ignore)).toMatchObject({ id: own.id, deduplicated: true });
    });
    app.transaction(() => app.jobs.enqueue("report", [3], ignore), "ROLLBACK");
    expect(await app.ojs.enqueue("report", [2], ignore)).toMatchObject({ deduplicated: true });
    expect((await app.ojs.enqueue("report", [3], ignore)).deduplicated).toBeUndefined();
    const replaced = app.transaction(() =>
      app.jobs.enqueue("report", [3], { unique: { ...unique, onConflict: "replace" } }),
    );
    const { counts } = await app.ojs.getQueueStats("default");
    expect(counts).toMatchObject({ available: 3, cancelled: 1 });
    expect((await app.ojs.getJob(replaced.id)).state).toBe("available");
  });

  it("obeys limits, and what the queue says", async () => {
    const app = await start(open);
    await app.server.transport.request({
      method: "PUT",
      path: "/ojs/v1/queues/default/config",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ default_priority: 7 }),
    });
    const limited = { rateLimit: { key: "api", concurrency: 1 } };
    app.transaction(() => [app.jobs.enqueue("call", [], limited), app.jobs.enqueue("call", [], limited)]);
    const jobs = await fetchJobs(app);
    expect(jobs).toMatchObject([{ priority: 7 }]);
    expect(await fetchJobs(app)).toEqual([]);
  });

  it("starts a workflow, and wakes for a job that is due later", async () => {
    const app = await start(open);
    const ran = await listen(app, "link");
    const workflow = app.transaction(() => {
      app.jobs.enqueue("link", [3], { delay: 300 });
      return app.jobs.createWorkflow(chain([step("link", [1]), step("link", [2])]));
    });
    await expect.poll(async () => (await app.ojs.getWorkflow(workflow.id)).state).toBe("completed");
    await expect.poll(() => ran.map(({ args }) => args[0])).toEqual([1, 2, 3]);
  });

  it("is noticed in a moment when it took its time", async () => {
    const app = await start(open);
    const waiting = fetchJobs(app, { wait_ms: 30_000 });
    await fetchJobs(app); // answered after the claim of the one that waits, which has parked then
    app.handle.exec("BEGIN IMMEDIATE");
    const { id } = app.jobs.enqueue("slow", [1]);
    await delay(50); // not to be recommended
    expect((await app.ojs.health()).status).toBe("ok");
    app.handle.exec("COMMIT");
    const committed = performance.now();
    expect(await waiting).toMatchObject([{ id }]);
    expect(performance.now() - committed).toBeLessThan(NOTICED_MS);
  });

  it("needs a storage that is open, and a handle on its file", async () => {
    const app = await start(open);
    const elsewhere = new (open())(scratchFile("other.db"));
    expect(() => transactional(app.storage).in(elsewhere).enqueue("nowhere")).toThrow(/The handle is of .*other\.db/);
    elsewhere.close();
    const closed = transactional(sqlite(scratchFile()));
    expect(() => closed.in(app.handle).enqueue("nowhere")).toThrow(/is not open/);
  });

  it("finds its tables in a file that was the application's before", async () => {
    const file = scratchFile();
    const handle = new (open())(file);
    handle.exec("CREATE TABLE orders (id TEXT PRIMARY KEY); INSERT INTO orders VALUES ('old')");
    await expect(createServer({ storage: sqlite(file) })).rejects.toThrow(/another application/);
    const storage = sqlite(file, { adopt: true });
    const server = await createServer({ storage });
    handle.exec("BEGIN IMMEDIATE");
    const { id } = transactional(storage).in(handle).enqueue("adopted");
    handle.exec("COMMIT");
    expect(await new OjsClient({ transport: server.transport }).getJob(id)).toMatchObject({ type: "adopted" });
    expect(handle.prepare("SELECT id FROM orders").get()).toMatchObject({ id: "old" });
    handle.close();
    await server.close({ graceMs: 0 });
  });
});
