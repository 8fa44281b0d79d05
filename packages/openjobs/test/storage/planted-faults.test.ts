/** Tests of the tests: storages with one planted fault each, which the storage suite has to notice. */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import type { Behaviour, OpenStorage } from "../suites/storage/bench.ts";
import { compareWithModel } from "../suites/storage/model-property.ts";
import { runBehaviour, STORAGE_BEHAVIOURS } from "../suites/storage-suite.ts";
import { isFailedExpectation } from "../support/failed-expectation.ts";
import { untilOneFails } from "../support/runs.ts";
import { FAULTS, type Fault } from "./faults.ts";

const ENDS = "ends random workflows as a simple reading of the specification does";
const MODEL = "behaves like a naive model under random groups";

/** Each fault with behaviours that notice it. Others may notice it too. */
const CAUGHT_BY: Readonly<Record<keyof typeof FAULTS, readonly string[]>> = {
  unchosenClaim: ["claims the chosen jobs in their order, as far as they can be claimed, and no others"],
  openHouse: [
    "shows the jobs of a tenant that can be claimed, whatever their lanes, in their order and from a place on",
  ],
  splitUnit: ["leaves no trace of a unit whose last guard fails", MODEL],
  forgottenOutbox: ["stores what an outbox makes of everything that happened in the group"],
  lateOutbox: ["does nothing of a group whose outbox throws, and goes on with the next one"],
  splitGroup: ["does nothing at all when the commit rejects at a unit"],
  droppedRevisionGuard: [
    "refuses a job that has changed since, and leaves it",
    "refuses a job that was claimed since",
    "makes updates stale that were decided before the completion",
    "refuses to remove a job that changed or is gone",
    MODEL,
  ],
  droppedAbsentGuard: ["refuses an id that is there, and leaves the job as it was", MODEL],
  droppedUniqueGuard: [
    "refuses a unique job when one of its fingerprint is in one of its states, and says which",
    "takes nothing of a unit when one of its unique jobs is refused",
    MODEL,
  ],
  earlyLook: ["lets exactly one of many that conflict win: in a unit, in a group, in groups at once", MODEL],
  deafToLimits: [
    "passes over jobs whose limit leaves no permit, and claims those behind them",
    "lets a job that comes back, or gets another priority, wait in its lane again",
    MODEL,
  ],
  limitsByQueue: [
    "lets as many jobs of a key run as each job's limit says, over all queues, lanes and claims of a group",
    "says which queues a permit that was given back is for",
  ],
  forgottenStarts: [
    "starts no more jobs within any period than a rate says",
    "spaces the jobs of a throttle from the last start, however long nobody came",
    MODEL,
  ],
  stickyPermit: ["has a permit back however an attempt ends, in time for the claims of the group", MODEL],
  idleKeys: ["tells what the jobs with one key do, in all queues and lanes, and when they started"],
  alikeKeys: ["tells what the jobs with one key do, in all queues and lanes, and when they started"],
  silentOpenings: [
    "says when work that waits for its limits may be claimed: at a moment, at once, or not by itself",
    "says which queues a permit that was given back is for",
  ],
  deafToStates: ["sees every state that is asked for, and no other", MODEL],
  endlessPeriod: ["lets a job be in the way for the period of the new job only, from its creation on", MODEL],
  selfConflict: ["looks at the id before the fingerprint", MODEL],
  halfBatch: [
    "takes nothing of a batch when one of its ids is there",
    "takes nothing of a batch that names an id twice",
    MODEL,
  ],
  strangersFail: ["undoes nothing else when a unit is refused", MODEL],
  unfencedAck: [
    "leaves a job untouched when the fence has another lease",
    "does not complete for a worker whose lease was taken over",
    MODEL,
  ],
  weakFence: ["leaves a job untouched when the fence has another worker in the same attempt"],
  unfencedBeat: ["extends under the right lease only", MODEL],
  doubleClaim: ["never hands out a job twice, neither within a group nor later", MODEL],
  stickyClaim: ["never hands out a job twice, neither within a group nor later", MODEL],
  reversedQueues: ["goes through the queues from left to right, whatever the priorities", MODEL],
  greedyClaim: ["claims from the named queues only, and at most `limit`", MODEL],
  hastyClaim: ["applies completions, beats, units and claims in this order", MODEL],
  droppedPriority: ["orders by priority, then availableAt, then insertion", MODEL],
  deafToPause: ["gives nothing out of a paused queue until it is resumed", MODEL],
  servesExpired: ["never claims a job that has expired, and leaves it to the due sweep", MODEL],
  endlessClaim: ["sets the alarm of a claimed job by its end as well", MODEL],
  forgetfulBeat: ["expects the next beat of a job that names a heartbeat timeout, and of no other", MODEL],
  driftingCounters: ["refuses a job that has changed since, and leaves it"],
  parsedTexts: ["keeps an integer beyond 2^53", "keeps duplicate keys and odd white space"],
  unsortedDue: ["gives the jobs due at or before a time, soonest first, at most `limit`", MODEL],
  oldestHead: ["tells since when the first in line of each queue waits, in the order of the names"],
  skippingPages: ["gives every dead letter once over pages, also when many ended at the same time"],
  skippingWalk: ["goes through every job of a set exactly once, and through no other"],
  countingWalk: ["still meets every job that stays, while those before it leave the set"],
  hastyPrune: ["prunes the jobs that ended at a time or before, and says when the next one ended"],
  greedyPrune: ["prunes the longest ended first, at most `limit` of them"],
  carelessPrune: ["prunes each kind of finished jobs by itself, and nothing that has not ended"],
  droppedRecordGuard: [
    "replaces a record that is at the revision, and no other",
    "removes a record that is at the revision, and no other",
    MODEL,
  ],
  replacingRecord: ["refuses a new record where there is one, and leaves that", MODEL],
  separateRecords: ["writes a record together with jobs, or neither", MODEL],
  earlyRecords: ["gives the records due at or before a time, soonest first, at most `limit`", MODEL],
  deafToEnds: ["releases a chain's next step in the commit that ends the one before", ENDS],
  blindToFailure: ["ends a chain at its first failure, and keeps why", ENDS],
  lateArrivals: [
    "lets a claim of the same group have what its units released",
    "hears of the ends of a group before it cancels a workflow in it",
  ],
  countsAgain: ["lets a step arrive once, in one group and later"],
  halfCancel: ["cancels a running workflow with every member that has not ended, and no other"],
  plainMembers: ["leaves members untouched by a plain completion"],
  plainCronJobs: ["leaves the job of a cron job untouched by a plain completion"],
  hungryPrune: ["prunes workflows that ended with their members, and dead letters are members no more"],
  hastyFuneral: ["refuses to forget a worker that has beaten since, or is not there"],
};

const ALL: readonly Behaviour[] = Object.values(STORAGE_BEHAVIOURS).flat();

describe.each(Object.entries(CAUGHT_BY))("the suite notices %s", (name, behaviours) => {
  const open = withFault(FAULTS[name as keyof typeof FAULTS]);
  it.each(behaviours)("in: %s", async (behaviour) => {
    const run =
      behaviour === MODEL
        ? compareWithModel(open, untilOneFails("storage groups"))
        : runBehaviour(named(behaviour), open);
    await expect(run).rejects.toSatisfy(isFailedExpectation);
  });
});

describe("the suite", () => {
  it("says what is wrong once only", () => {
    const names = ALL.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it("passes on the storage that the faults are planted in", async () => {
    const open = withFault((inner) => inner);
    for (const name of new Set(Object.values(CAUGHT_BY).flat())) await runBehaviour(named(name), open);
  });
});

function withFault(fault: Fault): OpenStorage {
  return async () => {
    const storage = fault(memory());
    await storage.open();
    return { storage };
  };
}

function named(name: string): Behaviour {
  const behaviour = ALL.find((candidate) => candidate.name === name);
  if (behaviour === undefined) throw new Error(`The storage suite has no behaviour "${name}".`);
  return behaviour;
}
