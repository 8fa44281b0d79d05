/** Tests of the tests: faults in the SQL of the driver, one at a time, which the storage suite has to notice; and two servers at once. */
import { expect, it, onTestFinished } from "vitest";
import { type Library, type LibraryQuery, loadLibrary } from "../../src/storage/postgres/library.ts";
import { settingsOf } from "../../src/storage/postgres/options.ts";
import { PostgresStorage } from "../../src/storage/postgres/postgres-storage.ts";
import { claimOf, ids, insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aUniqueJob, uniqueInsertOf } from "../suites/storage/unique.ts";
import { type OpenStorage, runBehaviour, STORAGE_BEHAVIOURS } from "../suites/storage-suite.ts";
import { isFailedExpectation } from "../support/failed-expectation.ts";
import { aJob } from "../support/jobs.ts";
import { describeOnPostgres, scratchSchema } from "../support/postgres-server.ts";
import { openIn } from "./postgres-scratch.ts";

/** What is left out or put in, and the behaviour that notices it. */
const FAULTS: readonly (readonly [says: string, from: string, to: string, noticedBy: string])[] = [
  ["no look at the revision", "AND j.revision = w.revision", "", "refuses a job that has changed since, and leaves it"],
  [
    "no look at the lease",
    "THEN w.lease = j.lease",
    "THEN true",
    "leaves a job untouched when the fence has another lease",
  ],
  ["plain completion of members", "AND j.workflow_id IS NULL", "", "leaves members untouched by a plain completion"],
  [
    "claims from paused queues",
    "AND q.paused_at IS NOT NULL",
    "AND false",
    "gives nothing out of a paused queue until it is resumed",
  ],
  [
    "claims of what is too late",
    "(j.due_at IS NULL OR j.due_at > $1::bigint)",
    "true",
    "never claims a job that has expired, and leaves it to the due sweep",
  ],
  [
    "endless uniqueness",
    "AND j.created_at > w.free",
    "",
    "lets a job be in the way for the period of the new job only, from its creation on",
  ],
  ["no failures counted", "count(*) FILTER (WHERE failed)", "0", "counts a failed attempt when told so, once"],
  [
    "half a unit",
    "RAISE EXCEPTION 'refused' USING ERRCODE = 'OJ000';",
    "EXIT;",
    "leaves no trace of a unit whose last guard fails",
  ],
  [
    "steps that arrive again",
    "AND s.number = a.step AND s.state = 1",
    "AND s.number = a.step",
    "lets a step arrive once, in one group and later",
  ],
  [
    "no limits",
    "IF v_free <= 0 THEN",
    "IF false THEN",
    "spaces the jobs of a throttle from the last start, however long nobody came",
  ],
];

describeOnPostgres("faults in the SQL of PostgreSQL", () => {
  it.each(FAULTS)("the suite notices: %s", async (_, from, to, noticedBy) => {
    const behaviour = Object.values(STORAGE_BEHAVIOURS)
      .flat()
      .find(({ name }) => name === noticedBy);
    if (behaviour === undefined) throw new Error(`There is no behaviour that ${noticedBy}.`);
    await expect(runBehaviour(behaviour, withFault(from, to))).rejects.toSatisfy(isFailedExpectation);
  });

  it("exactly one of two servers wins when their jobs are to be unique", async () => {
    const place = await scratchSchema();
    const servers = [await openIn(place), await openIn(place)];
    for (let round = 0; round < 30; round += 1) {
      const fingerprint = `${round}`.padStart(64, "0");
      const outcomes = await Promise.all(
        servers.map((server) =>
          server.commit(groupOf({ units: [{ effects: [uniqueInsertOf(aUniqueJob({ fingerprint }))] }] })),
        ),
      );
      expect(outcomes.flatMap(({ units }) => units).filter(({ ok }) => ok)).toHaveLength(1);
    }
    await place.drop();
  });

  it("no job goes to two servers, and none is left", async () => {
    const place = await scratchSchema();
    const servers = [await openIn(place), await openIn(place)];
    const jobs = Array.from({ length: 400 }, () => aJob());
    await servers[0]?.commit(groupOf({ units: [{ effects: jobs.map(insertOf) }] }));
    const claimed: string[] = [];
    while (claimed.length < jobs.length) {
      const outcomes = await Promise.all(
        servers.map((server) => server.commit(groupOf({ claims: [claimOf({ limit: 7 })] }))),
      );
      const some = outcomes.flatMap(({ claims }) => claims.flatMap(ids));
      expect(some).not.toEqual([]);
      claimed.push(...some);
    }
    expect(claimed.toSorted()).toEqual(ids(jobs).toSorted());
    await place.drop();
  });
});

/** A driver whose every text, those of its functions too, has something else in the place of `from`. */
function withFault(from: string, to: string): OpenStorage {
  return async () => {
    const { url, schema, drop } = await scratchSchema();
    const storage = new PostgresStorage(settingsOf({ url, schema, pool: 2 }), () => faulty(from, to));
    await storage.open();
    onTestFinished(async () => {
      await storage.close();
      await drop();
    });
    return { storage };
  };
}

function faulty(from: string, to: string): Library {
  const { Client } = loadLibrary();
  return {
    Client: class extends Client {
      override query(query: LibraryQuery | string) {
        const changed = (text: string): string => text.replaceAll(from, to);
        return super.query(typeof query === "string" ? changed(query) : { ...query, text: changed(query.text) });
      }
    },
  };
}
