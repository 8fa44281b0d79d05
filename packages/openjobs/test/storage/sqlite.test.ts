import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { storageSuite } from "../suites/storage-suite.ts";
import { opened, openScratch, scratchFile } from "./sqlite-scratch.ts";

storageSuite("sqlite", openScratch);

storageSuite("sqlite in memory", async () => ({ storage: await opened(sqlite(":memory:")) }));

describe("sqlite", () => {
  it("declares what a commit survives", () => {
    const durability = (storage: ReturnType<typeof sqlite>) => storage.traits.durability;
    expect(durability(sqlite(scratchFile()))).toBe("power");
    expect(durability(sqlite(scratchFile(), { synchronous: "normal" }))).toBe("process");
    expect(durability(sqlite(":memory:"))).toBe("none");
  });
});
