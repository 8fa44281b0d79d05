/**
 * From the socket to the disk: nothing is answered before SQLite has committed it. In the very moment in which an answer
 * is handed to its socket, a second connection, which sees committed data only, looks for what the answer is going to say.
 */
import { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import type { Connection } from "../../src/storage/sqlite/connection.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { RawOjs, type Wire } from "../support/raw-ojs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

/** What the mock below knows: the connection of the driver, and what its next COMMIT does. */
const driver = vi.hoisted(() => ({
  connections: [] as Connection[],
  beforeCommit: (): void => undefined,
  /** Commits, syncs of the log and answers, in their order. */
  log: [] as string[],
}));

vi.mock("../../src/storage/sqlite/disk.ts", async (original) => {
  const { systemDisk } = await original<typeof import("../../src/storage/sqlite/disk.ts")>();
  const sync = async (handle: number): Promise<void> => {
    await systemDisk.sync(handle);
    driver.log.push("synced");
  };
  const syncNow = (handle: number): void => {
    systemDisk.syncNow(handle);
    driver.log.push("synced");
  };
  return { systemDisk: { ...systemDisk, sync, syncNow } };
});

vi.mock("../../src/storage/sqlite/adapter.ts", async (original) => {
  const real = await original<typeof import("../../src/storage/sqlite/adapter.ts")>();
  return {
    ...real,
    loadLibrary: () => {
      const library = real.loadLibrary();
      const open = (file: string): Connection => {
        const connection = library.open(file);
        if (file.endsWith(".lock")) return connection;
        driver.connections.push(connection);
        const exec = (sql: string): void => {
          if (sql === "COMMIT") driver.beforeCommit();
          connection.exec(sql);
          if (sql === "COMMIT") driver.log.push(sql);
        };
        return { ...connection, exec };
      };
      return { ...library, open };
    },
  };
});

let folder: TemporaryFolder;
let server: OjsServer;
let raw: RawOjs;
let reader: Connection;

beforeEach(async () => {
  folder = temporaryFolder();
  const file = folder.file("jobs.db");
  server = await createServer({ storage: sqlite(file) });
  raw = new RawOjs((await server.listen(0)).url);
  const { loadLibrary } = await vi.importActual<typeof import("../../src/storage/sqlite/adapter.ts")>(
    "../../src/storage/sqlite/adapter.ts",
  );
  reader = loadLibrary().open(file);
});

afterEach(async () => {
  driver.beforeCommit = () => undefined;
  driver.connections.length = 0;
  raw.close();
  reader.close();
  await server.close({ graceMs: 0 });
  folder[Symbol.dispose]();
});

/** The job as it is committed: a word for its state and its errors, or undefined. */
function committed(id: string): string | undefined {
  const [row] = reader
    .prepare(
      "SELECT state || ' ' || attempt || ' ' || coalesce(errors, '') || coalesce(result, '') FROM jobs WHERE id = ?",
    )
    .all([id]);
  return row === undefined ? undefined : String(row);
}

/** Calls back whenever an answer is handed to its socket. */
function atEveryAnswer(look: (path: string, body: Wire) => void): void {
  const end = ServerResponse.prototype.end;
  vi.spyOn(ServerResponse.prototype, "end").mockImplementation(function (this: ServerResponse, ...given: Wire) {
    const text: unknown = given[0];
    look(this.req.url ?? "", typeof text === "string" ? JSON.parse(text) : undefined);
    return end.apply(this, given);
  });
}

function newJob(number: number): Wire {
  const id = `019b76da-a800-7000-8000-${number.toString(16).padStart(12, "0")}`;
  return { id, type: "test.job", args: [number], options: { queue: "q" } };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

describe("the connection of a server", () => {
  it("waits for the disk after every commit, before it answers", async () => {
    expect(driver.connections).toHaveLength(1);
    expect(driver.connections[0]?.prepare("PRAGMA journal_mode").all([])).toEqual(["wal"]);
    atEveryAnswer(() => driver.log.push("answer"));
    driver.log.length = 0;
    for (const number of numbers(20)) await raw.enqueue(newJob(number));
    expect(driver.log).toEqual(numbers(20).flatMap(() => ["COMMIT", "synced", "answer"]));
  });
});

describe("no answer leaves before its commit", () => {
  it("of enqueues and batches", async () => {
    const missing: string[] = [];
    let looked = 0;
    atEveryAnswer((_path, body) => {
      for (const { id } of body.jobs ?? [body.job]) {
        looked += 1;
        if (committed(id) === undefined) missing.push(id);
      }
    });
    const enqueues = numbers(40).map((number) => raw.enqueue(newJob(number)));
    const batches = [100, 200, 300].map((from) => raw.enqueueBatch(numbers(20).map((number) => newJob(from + number))));
    const answers = await Promise.all([...enqueues, ...batches]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(looked).toBe(100);
    expect(missing).toEqual([]);
  });

  it("of fetches, acks, nacks and cancellations, many at once", async () => {
    await raw.enqueueBatch(numbers(60).map(newJob));
    const held: Wire[] = [];
    const wrong: string[] = [];
    let looked = 0;
    // States are numbers in the file: 3 active, 4 completed, 5 retryable, 6 cancelled.
    const promised: Readonly<Record<string, RegExp>> = {
      "/workers/fetch": /^3 1 /,
      "/workers/ack": /^4 1 .*"result of/,
      "/workers/nack": /^5 1 .*planned/,
      "/jobs": /^6 1 /,
    };
    atEveryAnswer((path, body) => {
      const wanted = promised[path.replace("/ojs/v1", "").replace(/^\/jobs\/.*/, "/jobs")] ?? /nothing/;
      for (const { id } of body.jobs ?? [body.job]) {
        looked += 1;
        if (!wanted.test(committed(id) ?? "")) wrong.push(`${path} ${id}: ${committed(id)} is not ${wanted}`);
      }
    });
    const fetches = await Promise.all(
      numbers(20).map((number) => raw.fetch({ queues: ["q"], count: 3, worker_id: `w${number}` })),
    );
    for (const { body } of fetches) held.push(...body.jobs);
    expect(held).toHaveLength(60);

    const settled = await Promise.all(
      held.map(({ id, lease }, index) => {
        if (index % 3 === 0) return raw.ack({ job_id: id, lease, result: `result of ${index}` });
        if (index % 3 === 1) return raw.nack({ job_id: id, lease, error: { code: "planned", message: "planned" } });
        return raw.cancel(id);
      }),
    );
    expect(settled.map(({ status }) => status)).toEqual(held.map(() => 200));
    expect(wrong).toEqual([]);
    expect(looked).toBe(120);
  });

  it("of heartbeats: an extension that was promised is in the file", async () => {
    await raw.enqueue(newJob(1));
    const { body } = await raw.fetch({ queues: ["q"], worker_id: "w", visibility_timeout_ms: 1_000 });
    const [{ id }] = body.jobs;
    const until = (): number => Number(reader.prepare("SELECT lease_until FROM jobs WHERE id = ?").all([id])[0]);
    const before = until();
    let during = 0;
    atEveryAnswer(() => {
      during = until();
    });
    const beat = { worker_id: "w", active_jobs: [id], visibility_timeout_ms: 60_000 };
    expect((await raw.heartbeat(beat)).body.jobs_extended).toEqual([id]);
    expect(during).toBeGreaterThan(before + 50_000);
  });

  it("of dead letters and pauses", async () => {
    const dying = newJob(1);
    dying.options.retry = { max_attempts: 1, on_exhaustion: "dead_letter" };
    await raw.enqueue(dying);
    await raw.fetch({ queues: ["q"] });
    await raw.nack({ job_id: dying.id, error: { code: "planned", message: "planned" } });
    const seen: unknown[] = [];
    atEveryAnswer((path) => {
      const paused = reader.prepare("SELECT paused_at IS NOT NULL FROM queues WHERE name = 'q'").all([])[0];
      seen.push(path.includes("/queues/") ? paused : committed(dying.id)?.slice(0, 3));
    });
    await raw.send("POST", "/queues/q/pause");
    await raw.send("POST", `/dead-letter/${dying.id}/retry`);
    await raw.cancel(dying.id);
    await raw.send("POST", "/queues/q/resume");
    expect(seen).toEqual([1, "1 0", "6 0", 0]);
  });
});

describe("a commit that fails", () => {
  it("is answered 503 to all of its group, and nothing of it happened", async () => {
    await raw.enqueue(newJob(0));
    driver.beforeCommit = () => {
      throw Object.assign(new Error("disk is full"), { code: "SQLITE_FULL" });
    };
    const refused = await Promise.all([
      ...numbers(5).map((number) => raw.enqueue(newJob(1 + number))),
      raw.enqueueBatch([newJob(10), newJob(11)]),
      raw.fetch({ queues: ["q"] }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
    for (const { body, headers } of refused) {
      expect(body.error).toMatchObject({ code: "backend_error", retryable: true });
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    }
    driver.beforeCommit = () => undefined;
    expect(committed(newJob(0).id)).toBe("1 0 ");
    expect([1, 2, 3, 4, 5, 10, 11].map((number) => committed(newJob(number).id))).toEqual(Array(7).fill(undefined));

    const again = await raw.enqueue(newJob(1));
    expect(again.status).toBe(201);
    expect(await raw.stats("q")).toMatchObject({ available: 2, active: 0 });
  });
});
