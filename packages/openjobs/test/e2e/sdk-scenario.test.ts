/** The twelve steps of `sdk-scenario.ts`, by every official SDK that there are records of, on every driver. */
import { memory } from "../../src/storage/memory/index.ts";
import { postgres } from "../../src/storage/postgres/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { describeOnPostgres, scratchSchema } from "../support/postgres-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { go } from "./sdk-dialects/go.ts";
import { javascript } from "./sdk-dialects/javascript.ts";
import { earlyPython, python } from "./sdk-dialects/python.ts";
import { rust } from "./sdk-dialects/rust.ts";
import { describeScenario, type ScenarioStorage } from "./sdk-scenario.ts";

const DIALECTS = [rust, javascript, go, python, earlyPython];

async function inMemory(): Promise<ScenarioStorage> {
  return { storage: memory(), [Symbol.asyncDispose]: async () => undefined };
}

async function onSqlite(): Promise<ScenarioStorage> {
  const folder = temporaryFolder();
  return {
    storage: sqlite(folder.file("jobs.db")),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

async function onPostgres(): Promise<ScenarioStorage> {
  const { url, schema, drop } = await scratchSchema();
  return { storage: postgres({ url, schema, pool: 3 }), [Symbol.asyncDispose]: async () => void (await drop()) };
}

describeScenario("memory", inMemory, DIALECTS);
describeScenario("SQLite", onSqlite, DIALECTS);
describeOnPostgres("where there is a PostgreSQL,", () => describeScenario("PostgreSQL", onPostgres, DIALECTS));
