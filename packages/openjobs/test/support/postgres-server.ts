/** The PostgreSQL of the test run (scripts/postgres-server.mjs), and places in it that nobody else uses. */
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import pg from "pg";
import { describe, it } from "vitest";
import { type OwnPostgres, startPostgres, whyNoPostgres } from "../../../../scripts/postgres-server.mjs";

export type { OwnPostgres } from "../../../../scripts/postgres-server.mjs";

/** A schema for one test. It does not exist before a driver makes it. */
export interface ScratchSchema {
  /** The server's; tests that start `ojs` give the schema beside it. */
  readonly url: string;
  readonly schema: string;
  drop(): Promise<unknown>;
}

interface Door {
  readonly url: string;
  /** False for a server that somebody keeps: it is left as it was. */
  readonly isOurs: boolean;
}

/**
 * Registers tests that need PostgreSQL. On a machine without one they are skipped and say why; in CI that is a failure.
 */
export function describeOnPostgres(name: string, define: () => void): void {
  const missing = whyNoPostgres();
  if (missing === undefined) describe(name, define);
  else if (process.env.CI === "true") {
    it(name, () => {
      throw new Error(missing);
    });
  } else describe.skip(`${name} (${missing})`, define);
}

let door: Promise<Door> | undefined;
let schemas = 0;
let administrators: pg.Pool | undefined;

/** The URL of the run's server, which is started if nobody has needed it yet. */
export async function postgresUrl(): Promise<string> {
  door ??= askForServer();
  return (await door).url;
}

/** A schema of one's own in the run's server. Costs nothing yet. */
export async function scratchSchema(): Promise<ScratchSchema> {
  const url = await postgresUrl();
  schemas += 1;
  const schema = `ojs_test_${process.pid}_${schemas}_${Date.now() % 1_000_000}`;
  return { url, schema, drop: () => administer(`DROP SCHEMA IF EXISTS ${schema} CASCADE`) };
}

/** Runs a statement, or several, as the superuser; answers the rows of one. */
export async function administer(sql: string): Promise<readonly Record<string, unknown>[]> {
  administrators ??= new pg.Pool({ connectionString: await postgresUrl(), max: 1, allowExitOnIdle: true });
  const result = await administrators.query<Record<string, unknown>>(sql);
  return Array.isArray(result) ? [] : result.rows;
}

/** A server for one test alone, which may stop and kill it; it ends with `end`. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const isGiven = process.env.OJS_TEST_POSTGRES?.includes("://") ?? false;
  const server = await startPostgres(isGiven ? { which: "18" } : {});
  if ("kill" in server) return server;
  throw new Error("A server that is given by its URL cannot be stopped by a test.");
}

async function askForServer(): Promise<Door> {
  const port = process.env.OJS_TEST_POSTGRES_DOOR;
  if (port === undefined) throw new Error("vitest was started without scripts/postgres-for-tests.mjs.");
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  const { problem, ...answer }: Door & { readonly problem?: string } = JSON.parse(await text(socket));
  if (problem !== undefined) throw new Error(problem);
  return answer;
}
