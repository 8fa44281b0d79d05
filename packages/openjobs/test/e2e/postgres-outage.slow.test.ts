/** PostgreSQL is stopped for ten seconds under load. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { startOjs } from "../support/ojs-process.ts";
import { describeOnPostgres, ownPostgres } from "../support/postgres-server.ts";
import { RawOjs } from "../support/raw-ojs.ts";
import { pace, untilServed } from "./outage.ts";

const DOWN_MS = 10_000;

describeOnPostgres("PostgreSQL is stopped for ten seconds", () => {
  it.each([1, 2])(
    "and %i server(s) answer 503 meanwhile, and are at full speed one second after it is back",
    async (count) => {
      const postgres = await ownPostgres();
      const start = () => startOjs({ storage: postgres.url, args: ["--pool", "5"] });
      const servers = await Promise.all(Array.from({ length: count }, start));
      const raws = servers.map(({ url }) => new RawOjs(url));
      const together = async (ms: number): Promise<number> => {
        const rates = await Promise.all(raws.map((raw) => pace(raw, ms)));
        return rates.reduce((sum, rate) => sum + rate, 0);
      };
      try {
        await together(1_000);
        const before = await together(3_000);
        const meanwhile = Promise.all(raws.map((raw) => pace(raw, DOWN_MS)));
        await delay(500);
        await postgres.stop();
        await meanwhile;
        await postgres.start();
        const back = await Promise.all(raws.map(untilServed));
        expect(Math.max(...back)).toBeLessThan(1_500);
        await delay(1_000 - Math.min(1_000, ...back));
        expect(await together(3_000)).toBeGreaterThan(before * 0.6);
        for (const server of servers) expect((await server.stop()).code).toBe(0);
      } finally {
        for (const raw of raws) raw.close();
        for (const server of servers) await server.kill();
        await postgres.end();
      }
    },
  );
});
