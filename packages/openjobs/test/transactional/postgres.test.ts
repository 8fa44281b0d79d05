import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { batch, chain, type OjsError, OjsWorker, step } from "../../src/index.ts";
import { postgres } from "../../src/storage/postgres/index.ts";
import { transactional } from "../../src/transactional/index.ts";
import { administer, describeOnPostgres } from "../support/postgres-server.ts";
import { Application } from "./postgres-application.ts";

describeOnPostgres("a transaction on PostgreSQL", () => {
  let app: Application;
  let queues = 0;

  beforeAll(async () => {
    app = await Application.start();
  });
  afterAll(() => app.stop());

  /** A queue that no other test uses. */
  function freshQueue(): string {
    queues += 1;
    return `queue-${queues}`;
  }

  /** What a worker of the server gets to run, as it comes in. */
  async function listen(queue: string, type: string) {
    const ran: { id: string; args: readonly unknown[]; at: number }[] = [];
    const worker = new OjsWorker({ transport: app.server.transport, queues: [queue], handleSignals: false });
    worker.register(type, ({ id, args }) => {
      ran.push({ id, args, at: performance.now() });
    });
    await worker.start();
    return { ran, worker };
  }

  it("brings a job that runs once it is committed, at once", async () => {
    const queue = freshQueue();
    const { ran, worker } = await listen(queue, "mail.send");
    await delay(300); // the fetch has to have parked
    const job = await app.transaction(async (jobs) => {
      const enqueued = await jobs.enqueue("mail.send", { to: "ada" }, { queue });
      await expect(app.ojs.getJob(enqueued.id)).rejects.toMatchObject({ code: "not_found" });
      await delay(100);
      expect(ran).toEqual([]);
      return enqueued;
    });
    const committed = performance.now();
    await expect.poll(() => ran.length).toBe(1);
    expect(job).toMatchObject({ type: "mail.send", queue, state: "available", args: [{ to: "ada" }] });
    expect(ran[0]).toMatchObject({ id: job.id, args: [{ to: "ada" }] });
    expect(Number(ran[0]?.at) - committed).toBeLessThan(1_000);
    await worker.stop();
  });

  it("wakes for a job that is due later, and for as many jobs as there are", async () => {
    const queue = freshQueue();
    const { ran, worker } = await listen(queue, "later");
    await app.transaction(async (jobs) => {
      await jobs.enqueue("later", [0], { queue, delay: 400 });
      for (let n = 1; n <= 5; n += 1) await jobs.enqueue("later", [n], { queue });
    });
    const committed = performance.now();
    await expect.poll(() => ran.length).toBe(6);
    expect(ran.at(-1)?.args).toEqual([0]);
    expect(Number(ran.at(-1)?.at) - committed).toBeLessThan(3_000);
    await worker.stop();
  });

  it("takes its jobs with it when it is rolled back, and a savepoint its own", async () => {
    const queue = freshQueue();
    await app.transaction((jobs) => jobs.enqueue("gone", [1], { queue }), { end: "ROLLBACK" });
    const [kept, undone] = await app.transaction(async (jobs, client) => {
      const first = await jobs.enqueue("kept", [2], { queue });
      await client.query("SAVEPOINT here");
      const second = await jobs.enqueue("gone", [3], { queue });
      await client.query("ROLLBACK TO SAVEPOINT here");
      return [first, second];
    });
    expect(await app.ojs.getJob(kept.id)).toMatchObject({ type: "kept" });
    await expect(app.ojs.getJob(undone.id)).rejects.toMatchObject({ code: "not_found" });
    expect((await app.ojs.getQueueStats(queue)).counts.available).toBe(1);
  });

  it("leaves nothing behind when its connection is lost", async () => {
    const queue = freshQueue();
    const client = new pg.Client({ connectionString: app.pool.options.connectionString });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("BEGIN");
    const job = await app.transactional.in(client).enqueue("lost", [], { queue });
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const ended = new Promise<void>((resolve) => client.on("end", () => resolve()));
    await app.pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    await ended;
    await expect(app.ojs.getJob(job.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(app.transactional.in(client).enqueue("lost", [], { queue })).rejects.toMatchObject({
      code: "backend_error",
    });
  });

  it("goes on after a job was refused", async () => {
    const queue = freshQueue();
    const { id } = await app.ojs.enqueue("there", [], { queue });
    await app.transaction(async (jobs, client) => {
      await client.query(`INSERT INTO ${app.table} VALUES ('before')`);
      await expect(jobs.enqueue("Not A Type", [], { queue })).rejects.toMatchObject({ code: "invalid_request" });
      await expect(jobs.enqueue("no.date", [], { queue, priority: 4_000 })).rejects.toMatchObject({
        code: "invalid_request",
      });
      await expect(jobs.enqueue("another", [], { queue, id })).rejects.toMatchObject({
        code: "duplicate",
        details: { field: "id", existing_job_id: id },
      });
      await expect(
        jobs.enqueueBatch([
          { type: "one", options: { queue } },
          { type: "two", options: { queue, id } },
        ]),
      ).rejects.toMatchObject({ code: "duplicate", details: { field: "jobs[1].id" } });
      await expect(jobs.enqueueBatch([{ type: "one" }, { type: "TWO" }])).rejects.toMatchObject({
        details: { field: "jobs[1].type" },
      });
      await jobs.enqueue("fine", [], { queue });
      await client.query(`INSERT INTO ${app.table} VALUES ('after')`);
    });
    expect(await app.orders()).toBe(2);
    expect((await app.ojs.getQueueStats(queue)).counts.available).toBe(2);
  });

  it("sees its own jobs and those of others, and decides about unique ones", async () => {
    const queue = freshQueue();
    const unique = { keys: ["type", "args"] as const };
    const options = { queue, unique: { ...unique, onConflict: "ignore" as const } };
    const first = await app.transaction(async (jobs) => {
      const one = await jobs.enqueue("report", [7], options);
      const again = await jobs.enqueue("report", [7], options);
      expect(again).toMatchObject({ id: one.id, deduplicated: true });
      await expect(jobs.enqueue("report", [7], { queue, unique: { ...unique, onConflict: "reject" } })).rejects.toThrow(
        /counts as the same/,
      );
      return one;
    });
    const second = await app.transaction((jobs) =>
      jobs.enqueue("report", [7], { queue, unique: { ...unique, onConflict: "replace" } }),
    );
    expect(await app.ojs.getJob(first.id)).toMatchObject({ state: "cancelled" });
    expect(await app.ojs.getJob(second.id)).toMatchObject({ state: "available" });
    await app.transaction(
      (jobs) => jobs.enqueue("report", [7], { queue, unique: { ...unique, onConflict: "replace" } }),
      {
        end: "ROLLBACK",
      },
    );
    expect(await app.ojs.getJob(second.id)).toMatchObject({ state: "available" });
  });

  it("makes others wait who want the same unique job, until it is known what becomes of it", async () => {
    const queue = freshQueue();
    const options = { queue, unique: { onConflict: "ignore" as const } };
    for (const end of ["COMMIT", "ROLLBACK"]) {
      let other: Promise<{ id: string; deduplicated?: true }> | undefined;
      const mine = await app.transaction(
        async (jobs) => {
          const job = await jobs.enqueue(`single.${end.toLowerCase()}`, [], options);
          other = app.ojs.enqueue(`single.${end.toLowerCase()}`, [], options);
          await delay(50);
          return job;
        },
        { end },
      );
      expect((await other)?.id === mine.id).toBe(end === "COMMIT");
    }
  });

  it("enqueues a repeated request once, whether or not the first one was committed", async () => {
    const queue = freshQueue();
    const id = "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
    const enqueue = () => app.transaction((jobs) => jobs.enqueue("once", ["x"], { queue, id }));
    const jobs = await Promise.all([enqueue(), enqueue(), enqueue()]);
    expect(new Set(jobs.map((job) => job.id))).toEqual(new Set([id]));
    expect((await app.ojs.getQueueStats(queue)).counts.available).toBe(1);
  });

  it("gives a job what its queue says about it", async () => {
    const queue = freshQueue();
    const { status } = await app.server.transport.request({
      method: "PUT",
      path: `/ojs/v1/queues/${queue}/config`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ default_priority: 7 }),
    });
    expect(status).toBe(200);
    // Its own eyes: those of the others have looked just now.
    const fresh = transactional(postgres({ schema: app.schema }));
    const job = await app.transaction((_jobs, client) => fresh.in(client).enqueue("settled", [], { queue }));
    expect(await app.ojs.getJob(job.id)).toMatchObject({ priority: 7 });
  });

  it("tells that it has to be run again after a serialisation failure, and can be", async () => {
    const queue = freshQueue();
    const unique = { onConflict: "ignore" as const };
    const begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    let tries = 0;
    const run = async (): Promise<string> => {
      for (;;) {
        tries += 1;
        try {
          return await app.transaction(
            async (jobs, client) => {
              const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${app.table}`);
              await client.query(`INSERT INTO ${app.table} VALUES ($1)`, [`serial ${rows[0]?.count} ${tries}`]);
              const job = await jobs.enqueue("serial", [Number(rows[0]?.count)], { queue, unique });
              await delay(20);
              return job.id;
            },
            { begin },
          );
        } catch (error) {
          const { cause, code } = error as OjsError;
          const failure = (code === "backend_error" ? cause : error) as pg.DatabaseError;
          expect(["40001", "40P01"]).toContain(failure.code);
        }
      }
    };
    const ids = await Promise.all([run(), run(), run()]);
    expect(tries).toBeGreaterThan(3);
    expect((await app.ojs.getQueueStats(queue)).counts.available).toBe(new Set(ids).size);
  });

  it("says so when it has failed already, and when there are no tables", async () => {
    await app.transaction(async (jobs, client) => {
      await expect(client.query("SELECT 1 / 0")).rejects.toThrow();
      await expect(jobs.enqueue("late", [])).rejects.toMatchObject({
        code: "backend_error",
        retryable: false,
        hint: expect.stringContaining("Roll back"),
      });
    });
    await app.transaction(async (_jobs, client) => {
      const elsewhere = transactional(postgres({ schema: "no'such \"schema" })).in(client);
      await expect(elsewhere.enqueue("nowhere", [])).rejects.toMatchObject({
        hint: expect.stringContaining("ojs serve"),
      });
      await client.query("SELECT 1");
    });
  });

  it("moves a workflow on whose job it replaces", async () => {
    const queue = freshQueue();
    const unique = { keys: ["type", "queue"] as const, onConflict: "replace" as const };
    const member = step("member", [], { queue, unique });
    const { id } = await app.ojs.createWorkflow(batch([member], { onComplete: step("callback", [], { queue }) }));
    await app.transaction((jobs) => jobs.enqueue("member", [], { queue, unique }), { end: "ROLLBACK" });
    expect(await app.ojs.getWorkflow(id)).toMatchObject({ state: "running", failedCount: 0 });
    await app.transaction((jobs) => jobs.enqueue("member", [], { queue, unique }));
    expect(await app.ojs.getWorkflow(id)).toMatchObject({ failedCount: 1 });
    const { ran, worker } = await listen(queue, "callback");
    await expect.poll(() => ran.length).toBe(1);
    await worker.stop();
  });

  it("needs no more rights than the guide says", async () => {
    const { schema } = app;
    const role = `${schema}_app`;
    await administer(`CREATE ROLE ${role} LOGIN PASSWORD 'app';
      GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
    const queue = freshQueue();
    const unique = { onConflict: "replace" as const };
    await app.transaction(async (jobs, client) => {
      await client.query(`SET LOCAL ROLE ${role}`);
      await jobs.enqueue("poor", [1], { queue, unique });
      await jobs.enqueue("poor", [2], { queue, unique });
      await jobs.createWorkflow(chain([step("poor", [], { queue })]));
    });
    expect((await app.ojs.getQueueStats(queue)).counts).toMatchObject({ available: 2, cancelled: 1 });
    await administer(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it("starts a workflow once it is committed", async () => {
    const queue = freshQueue();
    const { ran, worker } = await listen(queue, "link");
    const options = { queue };
    const definition = chain([step("link", [1], options), step("link", [2], options)]);
    const workflow = await app.transaction((jobs) => jobs.createWorkflow(definition));
    await app.transaction((jobs) => jobs.createWorkflow(definition), { end: "ROLLBACK" });
    await expect.poll(async () => (await app.ojs.getWorkflow(workflow.id)).state).toBe("completed");
    expect(ran.map(({ args }) => args[0])).toEqual([1, 2]);
    await worker.stop();
  });

  it("is one of many, and a worker gets every job of those that were committed, and no other", async () => {
    const queue = freshQueue();
    const { ran, worker } = await listen(queue, "many");
    const wanted = new Set<string>();
    const transact = async (n: number): Promise<void> => {
      const isKept = n % 3 !== 0;
      const batch = [1, 2].map((place) => ({ type: "many", args: [place], options: { queue } }));
      const jobs = await app.transaction(
        async (client) => [await client.enqueue("many", [n], { queue }), ...(await client.enqueueBatch(batch))],
        { end: isKept ? "COMMIT" : "ROLLBACK" },
      );
      if (isKept) for (const { id } of jobs) wanted.add(id);
    };
    const numbers = Array.from({ length: 120 }, (_, n) => n).values();
    const transactAll = async (): Promise<void> => {
      for (const n of numbers) await transact(n);
    };
    await Promise.all(Array.from({ length: 12 }, transactAll));
    await expect.poll(() => ran.length).toBe(wanted.size);
    expect(new Set(ran.map(({ id }) => id))).toEqual(wanted);
    await worker.stop();
    expect(await app.ojs.getQueueStats(queue)).toMatchObject({ counts: { available: 0, completed: wanted.size } });
  });
});
