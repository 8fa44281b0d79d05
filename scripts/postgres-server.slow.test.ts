/** The PostgreSQL of the tests: it comes when it is needed and leaves nothing behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import pg from "pg";
import { expect, it } from "vitest";
import {
  administer,
  describeOnPostgres,
  ownPostgres,
  postgresUrl,
} from "../packages/openjobs/test/support/postgres-server.ts";

const SERVER = new URL("./postgres-server.mjs", import.meta.url).href;

async function asked(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: "array" });
  await client.end();
  return rows[0]?.[0];
}

describeOnPostgres("a PostgreSQL for tests", () => {
  it("is one for all tests of a run", async () => {
    await administer("CREATE TABLE IF NOT EXISTS public.shared_by_tests (x int)");
    expect(await asked(await postgresUrl(), "SELECT count(*) FROM public.shared_by_tests")).toBe("0");
  });

  it("can be killed, stopped and started again, and keeps what was committed", async () => {
    const server = await ownPostgres();
    await asked(server.url, "CREATE TABLE kept (x int)");
    await server.kill();
    await expect(asked(server.url, "SELECT 1")).rejects.toThrow();
    await server.start();
    await server.stop();
    await server.start();
    expect(await asked(server.url, "SELECT count(*) FROM kept")).toBe("0");
    const folder = await asked(server.url, "SHOW data_directory");
    await server.end();
    expect(existsSync(String(folder))).toBe(false);
  }, 60_000);

  it("ends with its owner, even if that is killed", async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(SERVER)});
      const { url } = await startPostgres({ which: process.argv[1] });
      console.log(url);
      setInterval(() => {}, 1_000);`;
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", program, await versionHere()], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = await once(createInterface(owner.stdout), "line");
    const folder = String(await asked(url, "SHOW data_directory"));
    owner.kill("SIGKILL");
    await expect.poll(() => existsSync(folder), { timeout: 20_000, interval: 50 }).toBe(false);
    await expect(asked(url, "SELECT 1")).rejects.toThrow();
  }, 60_000);
});

/** Of the server that the run uses, unless somebody has given one. */
async function versionHere(): Promise<string> {
  const which = process.env.OJS_TEST_POSTGRES ?? "18";
  return which.includes("://") ? "18" : which;
}
