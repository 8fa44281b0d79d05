import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { crashRounds } from "./crash/rounds.ts";
import { sqliteSite } from "./crash/sqlite-site.ts";

// The long version with 20 seeds is server-kill.slow.test.ts. A failure names its seed.
it("loses and undoes nothing that was answered when the server is killed amid 50 clients", async () => {
  using folder = temporaryFolder();
  const { writes, unanswered } = await crashRounds(sqliteSite(folder), [1, 2], { mostAnswers: 250 });
  expect(writes).toBeGreaterThan(100);
  expect(unanswered).toBeGreaterThan(10);
}, 240_000);
