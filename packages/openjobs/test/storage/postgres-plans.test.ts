/** Reads never scan: PostgreSQL counts what its tables and indexes are read for, and says so. */
import { expect, it } from "vitest";
import type { Storage } from "../../src/storage/storage.ts";
import { claimOf, ids, insertOf } from "../suites/storage/bench.ts";
import { doEverything, groupOf } from "../suites/storage/everything.ts";
import { aJob } from "../support/jobs.ts";
import { administer, describeOnPostgres, type ScratchSchema, scratchSchema } from "../support/postgres-server.ts";
import { openIn } from "./postgres-scratch.ts";

/** Tables that grow with the work; those of workers, cron jobs and queues have few rows, and reading all may be best. */
const LARGE = ["jobs", "workflows", "workflow_steps", "workflow_joins", "answers"];

const ROWS = 20_000;

/** Jobs in another queue, in all states, and as many of all else: enough for an index to be worth it. */
function filled(schema: string): string {
  return `
    INSERT INTO ${schema}.jobs (id, seq, available_at, enqueued_at, created_at, attempt, lease, due_at, ended_at, priority,
      revision, returned, expiries, max_attempts, state, dead_letter, expired, queue, type, worker_id, fingerprint, args, meta,
      attributes)
    SELECT gen_random_uuid(), 1000000 + n, n, n, n, 0, 0, CASE WHEN n % 8 IN (0, 3, 5) THEN 9000000000000 + n END, n, 0, 1, 0, 0,
      3, n % 8, n % 16 = 7, false, 'bulk', 'noop', 'w' || n % 100, md5(n::text), '[]', '{}', '{}'
    FROM generate_series(1, ${ROWS}) AS n;
    INSERT INTO ${schema}.workflows (created_at, total, completed, failed, state, id, record)
    SELECT n, 1, 0, 0, 0, 'bulk ' || n, '{}' FROM generate_series(1, ${ROWS}) AS n;
    INSERT INTO ${schema}.workflow_steps (workflow, number, state, job_id, record)
    SELECT n, 0, 0, gen_random_uuid(), '{}' FROM generate_series(1, ${ROWS}) AS n;
    INSERT INTO ${schema}.workflow_joins (workflow, number, expected, remaining, failed, ok, bad)
    SELECT n, 0, 1, 1, 0, '{}', '{}' FROM generate_series(1, ${ROWS}) AS n;
    INSERT INTO ${schema}.answers (id, expires_at, record) SELECT 'bulk:' || n, n, '{}' FROM generate_series(1, ${ROWS}) AS n;
    ANALYZE ${LARGE.map((table) => `${schema}.${table}`).join(", ")};`;
}

describeOnPostgres("plans on PostgreSQL", () => {
  it("go along an index, whatever is done", async () => {
    const place = await scratchSchema();
    const storage = await openIn(place);
    await administer(filled(place.schema));
    const before = await scans(place, storage);
    // The statements that stay prepared get a plan for all values in the sixth run.
    for (let round = 0; round < 7; round += 1) await doEverything(storage);
    expect(await scans(place, storage)).toEqual(before);
    await place.drop();
  });

  it("find a job by its id although the statistics are from before it ran", async () => {
    const place = await scratchSchema();
    const storage = await openIn(place);
    await administer(`ALTER TABLE ${place.schema}.jobs SET (autovacuum_enabled = false)`);
    const jobs = Array.from({ length: 5_000 }, () => aJob());
    await storage.commit(groupOf({ units: [{ effects: jobs.map(insertOf) }] }));
    await administer(`ANALYZE ${place.schema}.jobs`);
    for (let claimed = 0; claimed < jobs.length; claimed += 1_000) {
      await storage.commit(groupOf({ claims: [claimOf({ limit: 1_000 })] }));
    }
    const before = await entriesRead(place, storage);
    for (const id of ids(jobs).slice(0, 1_000)) {
      await storage.commit(groupOf({ completions: [{ id, fence: { lease: 1 }, result: null }] }));
    }
    // Each is looked up by its key; an index of what is active would be read 5,000 entries at a time.
    expect((await entriesRead(place, storage)) - before).toBeLessThan(20_000);
    await place.drop();
  });
});

/** How often each of the large tables was read from one end to the other. */
async function scans({ schema }: ScratchSchema, storage: Storage): Promise<unknown> {
  await reported(storage);
  return administer(`
    SELECT relname, seq_scan FROM pg_stat_user_tables
    WHERE schemaname = '${schema}' AND relname IN (${LARGE.map((table) => `'${table}'`).join(", ")}) ORDER BY relname`);
}

async function entriesRead({ schema }: ScratchSchema, storage: Storage): Promise<number> {
  await reported(storage);
  const [row] = await administer(`
    SELECT sum(idx_tup_read)::float8 AS read FROM pg_stat_user_indexes WHERE schemaname = '${schema}' AND relname = 'jobs'`);
  return Number(row?.read);
}

/** Connections say what they have done when they end. */
async function reported(storage: Storage): Promise<void> {
  await storage.close();
  await storage.open();
}
