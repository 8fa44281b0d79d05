/** Two servers on one PostgreSQL: one of the servers dies, or PostgreSQL itself. */
import { setTimeout as delay } from "node:timers/promises";
import { type OjsProcess, startOjs } from "../../support/ojs-process.ts";
import type { OwnPostgres } from "../../support/postgres-server.ts";
import type { Violation } from "./checker.ts";
import type { CrashSite, RunningSite } from "./site.ts";
import { stopped } from "./sqlite-site.ts";

/** Where the servers keep their jobs. */
export interface Place {
  readonly url: string;
  readonly schema: string;
}

const nothing = (): readonly Violation[] => [];

/** One of the two servers is killed; the other one goes on. */
export function serverKillSite(place: Place): CrashSite {
  return {
    hasOutages: false,
    inspectRemains: nothing,
    async start(random) {
      const servers = await startPair(place);
      const victim = random.pick(servers);
      const survivors = servers.filter((server) => server !== victim);
      return site(servers, {
        crash: () => victim.signal("SIGKILL"),
        over: async () => {
          await victim.exited;
          await stopAll(survivors);
        },
      });
    },
  };
}

/** PostgreSQL is killed, and comes back after a moment; the servers stay up. */
export function postgresKillSite(postgres: OwnPostgres, schema: string): CrashSite {
  return {
    hasOutages: true,
    inspectRemains: nothing,
    async start(random) {
      const servers = await startPair({ url: postgres.url, schema });
      const downMs = random.between(0, 400);
      let back: Promise<void> | undefined;
      return site(servers, {
        crash: () => {
          back = killAndRestart(postgres, downMs);
        },
        over: async () => {
          await back;
          await stopAll(servers);
        },
      });
    },
  };
}

function startPair({ url, schema }: Place): Promise<readonly OjsProcess[]> {
  const args = ["--schema", schema, "--pool", "5"];
  return Promise.all([startOjs({ storage: url, args }), startOjs({ storage: url, args })]);
}

function site(servers: readonly OjsProcess[], { crash, over }: Pick<RunningSite, "crash" | "over">): RunningSite {
  return {
    urls: servers.map(({ url }) => url),
    crash,
    over,
    stop: async () => (await Promise.all(servers.map(stopped))).flat(),
    [Symbol.asyncDispose]: async () => void (await Promise.all(servers.map((server) => server.kill()))),
  };
}

async function stopAll(servers: readonly OjsProcess[]): Promise<void> {
  const found = (await Promise.all(servers.map(stopped))).flat();
  if (found.length > 0) throw new Error(`A server that was not killed did not stop well: ${found[0]?.says}`);
}

async function killAndRestart(postgres: OwnPostgres, downMs: number): Promise<void> {
  await postgres.kill();
  await delay(downMs);
  await postgres.start();
}
