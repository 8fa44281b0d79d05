/** A server for workers that die. Its clock stands still: a lease ends when a test says so, and a slow machine changes nothing. */
import { expect } from "vitest";
import { OjsClient } from "../../../src/index.ts";
import { createServer, type OjsServer } from "../../../src/server/index.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { TestClock, turns } from "../../../src/testing/test-clock.ts";

export interface KillSite extends AsyncDisposable {
  readonly server: OjsServer;
  readonly client: OjsClient;
  readonly url: string;
  /** Lets leases end, and the pauses before the next attempts. */
  expire(): Promise<void>;
  /** Waits until none of the jobs has an attempt before it. */
  over(ids: readonly string[]): Promise<void>;
}

export async function openKillSite(storage: Storage, random: () => number): Promise<KillSite> {
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  const server = await createServer({ storage, clock, random });
  const { url } = await server.listen(0);
  const client = new OjsClient({ transport: server.transport });
  const isOver = async (id: string): Promise<boolean> =>
    ["completed", "discarded"].includes((await client.getJob(id)).state);
  return {
    ...{ server, client, url },
    expire: () => clock.advance("1h", () => turns(8)),
    over: async (ids) => {
      const areOver = async (): Promise<boolean> => !(await Promise.all(ids.map(isOver))).includes(false);
      await expect.poll(areOver, { interval: 10 }).toBe(true);
    },
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}
