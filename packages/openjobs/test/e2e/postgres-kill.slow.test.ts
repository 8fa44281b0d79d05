/** kill −9 of one of two servers on one PostgreSQL, and of PostgreSQL itself. */
import { expect, it } from "vitest";
import { describeOnPostgres, ownPostgres } from "../support/postgres-server.ts";
import { Chores } from "./crash/chores.ts";
import { postgresKillSite, serverKillSite } from "./crash/postgres-sites.ts";
import { type CrashOptions, crashRounds } from "./crash/rounds.ts";

/** `CRASH_SEED=7` starts with another one; what the clients choose follows from it, what the scheduler does cannot. */
const FIRST_SEED = Number(process.env.CRASH_SEED ?? 20_260_101);
const seeds = Array.from({ length: 20 }, (_, round) => FIRST_SEED + round);

const roundsOf = (): CrashOptions => ({ mostAnswers: 300, recountEvery: 7, chores: new Chores() });

describeOnPostgres("20 rounds of kill −9 under load", () => {
  it("lose and undo nothing that was answered when one of two servers dies", async () => {
    const postgres = await ownPostgres();
    try {
      const site = serverKillSite({ url: postgres.url, schema: "kill" });
      const { writes, unanswered } = await crashRounds(site, seeds, roundsOf());
      expect(writes).toBeGreaterThan(2_000);
      expect(unanswered).toBeGreaterThan(100);
    } finally {
      await postgres.end();
    }
  });

  it("lose and undo nothing that was answered when PostgreSQL dies", async () => {
    const postgres = await ownPostgres();
    try {
      const { writes, unanswered } = await crashRounds(postgresKillSite(postgres, "kill"), seeds, roundsOf());
      expect(writes).toBeGreaterThan(2_000);
      expect(unanswered).toBeGreaterThan(100);
    } finally {
      await postgres.end();
    }
  });
});
