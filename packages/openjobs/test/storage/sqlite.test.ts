import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { storageSuite } from "../suites/storage-suite.ts";
import { openScratch, scratchFile } from "./sqlite-scratch.ts";
import { openSqliteInMemory } from "./volatile-storages.ts";

storageSuite("sqlite", openScratch);

storageSuite("sqlite in memory", openSqliteInMemory);

describe("sqlite", () => {
  it("declares what a commit survives", () => {
    const durability = (storage: ReturnType<typeof sqlite>) => storage.traits.durability;
    expect(durability(sqlite(scratchFile()))).toBe("power");
    expect(durability(sqlite(scratchFile(), { synchronous: "normal" }))).toBe("process");
    expect(durability(sqlite(":memory:"))).toBe("none");
  });
});
