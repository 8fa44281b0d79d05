/**
 * What an engine does on every driver (design 4). A driver's test file is one call of {@link engineSuite}; a behaviour
 * that only one driver shows does not belong here.
 */
import { describe, it } from "vitest";
import { backpressureBehaviours } from "./engine/backpressure.ts";
import { type EngineBehaviour, EngineBench } from "./engine/bench.ts";
import { bulkBehaviours } from "./engine/bulk.ts";
import { choosyBehaviours } from "./engine/choosy.ts";
import { cronBehaviours } from "./engine/crons.ts";
import { deadLetterBehaviours } from "./engine/dead-letters.ts";
import { dueBehaviours } from "./engine/due.ts";
import { enqueueBehaviours } from "./engine/enqueue.ts";
import { eventBehaviours } from "./engine/events.ts";
import { fetchBehaviours } from "./engine/fetch.ts";
import { jobListBehaviours } from "./engine/job-list.ts";
import { lineBehaviours } from "./engine/lines.ts";
import { liveBehaviours } from "./engine/live.ts";
import { memberBehaviours } from "./engine/members.ts";
import { metricsBehaviours } from "./engine/metrics.ts";
import { outcomeBehaviours } from "./engine/outcomes.ts";
import { overlapBehaviours } from "./engine/overlaps.ts";
import { pushBehaviours } from "./engine/push.ts";
import { queueConfigBehaviours } from "./engine/queue-configs.ts";
import { queueBehaviours } from "./engine/queues.ts";
import { rateLimitBehaviours } from "./engine/rate-limits.ts";
import { recoveryBehaviours } from "./engine/recovery.ts";
import { retentionBehaviours } from "./engine/retention.ts";
import { schemaBehaviours } from "./engine/schemas.ts";
import { selectionBehaviours } from "./engine/selections.ts";
import { storyBehaviours } from "./engine/story-behaviours.ts";
import { timeLimitBehaviours } from "./engine/time-limits.ts";
import { uniqueBehaviours } from "./engine/unique.ts";
import { waitBehaviours } from "./engine/waiting.ts";
import { webhookBehaviours } from "./engine/webhooks.ts";
import { workerBehaviours } from "./engine/workers.ts";
import { workflowBehaviours } from "./engine/workflows.ts";
import type { OpenStorage } from "./storage/bench.ts";

/** All behaviours by noun. */
export const ENGINE_BEHAVIOURS: Readonly<Record<string, readonly EngineBehaviour[]>> = {
  enqueue: enqueueBehaviours,
  unique: uniqueBehaviours,
  bulk: bulkBehaviours,
  fetch: fetchBehaviours,
  "choosy fetches": choosyBehaviours,
  waiting: waitBehaviours,
  outcomes: outcomeBehaviours,
  workers: workerBehaviours,
  "rate limits": rateLimitBehaviours,
  "due work": dueBehaviours,
  "time limits": timeLimitBehaviours,
  "cron jobs": cronBehaviours,
  "overlapping runs": overlapBehaviours,
  "runs in line": lineBehaviours,
  "dead letters": deadLetterBehaviours,
  jobList: jobListBehaviours,
  selections: selectionBehaviours,
  queues: queueBehaviours,
  "settings of queues": queueConfigBehaviours,
  "bounds of queues": backpressureBehaviours,
  "schemas of arguments": schemaBehaviours,
  events: eventBehaviours,
  metrics: metricsBehaviours,
  "live events": liveBehaviours,
  workflows: workflowBehaviours,
  "members of workflows": memberBehaviours,
  webhooks: webhookBehaviours,
  "push delivery": pushBehaviours,
  recovery: recoveryBehaviours,
  retention: retentionBehaviours,
  stories: storyBehaviours,
};

/**
 * Registers the suite for one driver. `open` gives an empty, open storage at every call; `openForStories` a quicker one, which may
 * forget what it had when it is closed.
 */
export function engineSuite(name: string, open: OpenStorage, openForStories: OpenStorage = open): void {
  describe(`engine on ${name}`, () => {
    for (const [noun, behaviours] of Object.entries(ENGINE_BEHAVIOURS)) {
      describe(noun, () => {
        for (const behaviour of behaviours) {
          const opener = behaviour.random ? openForStories : open;
          it(behaviour.name, () => runEngineBehaviour(behaviour, opener), behaviour.timeoutMs);
        }
      });
    }
  });
}

/**
 * Registers only what is drawn at random, for `npm run test:slow`. `open` may give storages that forget: what survives a closed
 * file is no part of a story.
 */
export function engineStories(name: string, open: OpenStorage): void {
  describe(`stories of the engine on ${name}`, () => {
    for (const behaviour of Object.values(ENGINE_BEHAVIOURS).flat()) {
      if (behaviour.random) it(behaviour.name, () => runEngineBehaviour(behaviour, open), behaviour.timeoutMs);
    }
  });
}

/** Shows one behaviour on a fresh storage; rejects when the engine does not behave that way. */
export async function runEngineBehaviour(behaviour: EngineBehaviour, open: OpenStorage): Promise<void> {
  const bench = new EngineBench(await open(), open);
  try {
    await bench.start();
    await behaviour.run(bench);
  } finally {
    await bench.end();
  }
}
