/** Tests of the tests: what the bench of the engine suite says is so. */
import { expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { EngineBench } from "../suites/engine/bench.ts";

it("has not come to rest while somebody looks at a commit, however long that takes", async () => {
  const open = async () => {
    const storage = memory();
    await storage.open();
    return { storage };
  };
  const bench = new EngineBench(await open(), open);
  await bench.start();
  const log: string[] = [];
  const storage = bench.watched(async () => {
    log.push("looks");
    await turns(20);
    log.push("has looked");
  });
  await bench.start({ storage });
  void bench.enqueue().then(() => log.push("is answered"));
  await bench.rest();
  expect(log).toEqual(["looks", "has looked", "is answered"]);
  await bench.end();
});
