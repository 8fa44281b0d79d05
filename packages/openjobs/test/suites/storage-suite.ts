/**
 * What every storage driver does, sentence by sentence of the port (`src/storage/storage.ts`). A driver's test file is
 * one call of {@link storageSuite}.
 */
import { describe, it, type TestContext } from "vitest";
import { answerBehaviours } from "./storage/answers.ts";
import { beatBehaviours } from "./storage/beat.ts";
import { type Behaviour, Bench, type OpenStorage } from "./storage/bench.ts";
import { bytesBehaviours } from "./storage/bytes.ts";
import { choosyBehaviours } from "./storage/choosy.ts";
import { claimBehaviours } from "./storage/claim.ts";
import { completeBehaviours } from "./storage/complete.ts";
import { cronJobBehaviours } from "./storage/cron-jobs.ts";
import { deadLetterBehaviours } from "./storage/dead-letters.ts";
import { dueBehaviours } from "./storage/due.ts";
import { durabilityBehaviours } from "./storage/durability.ts";
import { groupBehaviours } from "./storage/group.ts";
import { insertBehaviours } from "./storage/insert.ts";
import { laneBehaviours } from "./storage/lanes.ts";
import { modelBehaviours } from "./storage/model-property.ts";
import { openCloseBehaviours } from "./storage/open-close.ts";
import { outboxBehaviours } from "./storage/outbox.ts";
import { queueBehaviours } from "./storage/queues.ts";
import { recordBehaviours } from "./storage/records.ts";
import { uniqueBehaviours } from "./storage/unique.ts";
import { updateBehaviours } from "./storage/update.ts";
import { upkeepBehaviours } from "./storage/upkeep.ts";
import { walkBehaviours } from "./storage/walk.ts";
import { workerBehaviours } from "./storage/workers.ts";
import { workflowBehaviours } from "./storage/workflows.ts";

export type { OpenStorage, StorageHandle } from "./storage/bench.ts";

export interface StorageSuiteOptions {
  /** Behaviours that a driver cannot show, each with the reason. */
  readonly skip?: readonly { readonly name: string; readonly reason: string }[];
}

/** All behaviours by noun. */
export const STORAGE_BEHAVIOURS: Readonly<Record<string, readonly Behaviour[]>> = {
  insert: insertBehaviours,
  unique: uniqueBehaviours,
  "update and remove": updateBehaviours,
  claim: claimBehaviours,
  "choosy claims": choosyBehaviours,
  lanes: laneBehaviours,
  complete: completeBehaviours,
  beat: beatBehaviours,
  group: groupBehaviours,
  queues: queueBehaviours,
  due: dueBehaviours,
  "cron jobs": cronJobBehaviours,
  "dead letters": deadLetterBehaviours,
  walk: walkBehaviours,
  workers: workerBehaviours,
  answers: answerBehaviours,
  records: recordBehaviours,
  outbox: outboxBehaviours,
  workflows: workflowBehaviours,
  upkeep: upkeepBehaviours,
  bytes: bytesBehaviours,
  "open and close": openCloseBehaviours,
  durability: durabilityBehaviours,
  model: modelBehaviours,
};

/** Registers the suite for one driver. `open` gives an empty, open storage at every call. */
export function storageSuite(name: string, open: OpenStorage, options: StorageSuiteOptions = {}): void {
  describe(`storage ${name}`, () => {
    for (const [noun, behaviours] of Object.entries(STORAGE_BEHAVIOURS)) {
      describe(noun, () => {
        for (const behaviour of behaviours) register(behaviour, open, options);
      });
    }
  });
}

/** Registers only what is drawn at random, for `npm run test:slow`. `open` may give storages that forget. */
export function storageStories(name: string, open: OpenStorage): void {
  describe(`stories of storage ${name}`, () => {
    for (const behaviour of Object.values(STORAGE_BEHAVIOURS).flat()) {
      if (behaviour.random) register(behaviour, open, {});
    }
  });
}

/** Shows one behaviour on a fresh storage; rejects when the storage does not behave that way. */
export async function runBehaviour(behaviour: Behaviour, open: OpenStorage): Promise<void> {
  const bench = new Bench(await open(), open);
  try {
    await behaviour.run(bench);
  } finally {
    await bench.end();
  }
}

function register(behaviour: Behaviour, open: OpenStorage, { skip = [] }: StorageSuiteOptions): void {
  const show = async (context: TestContext): Promise<void> => {
    const skipped = skip.find(({ name }) => name === behaviour.name);
    if (skipped !== undefined) return context.skip(skipped.reason);
    if (behaviour.durable === true && !(await isDurable(open))) {
      return context.skip("this storage forgets everything when it is closed");
    }
    await runBehaviour(behaviour, open);
  };
  it(behaviour.name, show, behaviour.timeoutMs);
}

async function isDurable(open: OpenStorage): Promise<boolean> {
  const handle = await open();
  await handle.storage.close();
  await handle.dispose?.();
  return handle.reopen !== undefined;
}
