/** Stores of the tests in the run's PostgreSQL: each has a schema to itself, which is emptied and used again. */
import { onTestFinished } from "vitest";
import { postgres } from "../../src/storage/postgres/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { StorageHandle } from "../suites/storage-suite.ts";
import { administer, type ScratchSchema, scratchSchema } from "../support/postgres-server.ts";

/** Schemas of this file that are empty again: to make one takes ten times as long as to empty one. */
const empty: ScratchSchema[] = [];

/** Rows of all tables but the one that says which migrations have run. */
function emptied(schema: string): string {
  return `DO $$ DECLARE v_table regclass; BEGIN
    FOR v_table IN SELECT c.oid FROM pg_class AS c
      WHERE c.relnamespace = '${schema}'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations' LOOP
      EXECUTE format('DELETE FROM %s', v_table);
    END LOOP; END $$`;
}

/** An empty storage for the suites. */
export async function openPostgres(): Promise<StorageHandle> {
  const place = empty.pop() ?? (await scratchSchema());
  const storage = await openIn(place);
  const reopen = async (): Promise<Storage> => {
    await storage.close();
    await storage.open();
    return storage;
  };
  const dispose = async (): Promise<void> => {
    await administer(emptied(place.schema));
    empty.push(place);
  };
  return { storage, reopen, dispose };
}

/** Opens a storage in a schema, and closes it after the test. */
export async function openIn({ url, schema }: ScratchSchema): Promise<Storage> {
  const storage = postgres({ url, schema, pool: 3 });
  await storage.open();
  onTestFinished(() => storage.close());
  return storage;
}
