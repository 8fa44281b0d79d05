/** The transport without a port leaves the event loop to others, as a socket would. */
import { expect, it } from "vitest";
import { OjsClient } from "../../src/index.ts";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

it("lets timers and workers have their turn while somebody asks again and again", async () => {
  await using server = await createServer({ storage: memory() });
  const client = new OjsClient({ transport: server.transport });
  const { id } = await client.enqueue("t");
  let turns = 0;
  let left = 1_000;
  const count = (): void => {
    turns += 1;
    if (left > 0) setImmediate(count);
  };
  setImmediate(count);
  for (; left > 0; left -= 1) await client.getJob(id);
  expect(turns).toBeGreaterThan(5);
});
