/**
 * The engine's way of taking jobs in, inside of a transaction that the application has begun (docs/adr/018-transactional-enqueue.md):
 * the same births, admissions and launches, and no commit of its own. It has no timer and needs none.
 */
import { randomFillSync } from "node:crypto";
import { ojsError } from "../../core/errors.ts";
import type { NewJob } from "../../core/job-request.ts";
import { createUuid7 } from "../../core/uuid7.ts";
import type { NewWorkflow } from "../../core/workflow/definition.ts";
import type { Unit, UnitOutcome } from "../../storage/storage.ts";
import type { AdmissionContext } from "../admission.ts";
import { withArrivals } from "../arrivals.ts";
import { type Birth, birth, insertOf } from "../birth.ts";
import { created, decideAdmission, idFieldInBatch, placesOf, refuseRepeatedIds } from "../enqueue.ts";
import type { Enqueued } from "../enqueued.ts";
import { QUEUE_CONFIG_KIND, QueueDefaultsTable } from "../queue-defaults-table.ts";
import { MAX_RIVALS } from "../sight.ts";
import type { CreatedWorkflow } from "../workflow-request.ts";
import { createdBy, insertOf as insertOfLaunch, launchOf, requireReplay } from "../workflows.ts";
import { ask, type Task } from "./task.ts";
import { signalOf } from "./transaction-signal.ts";

/** After so many refusals in a row somebody else keeps changing the jobs in the way. */
const MAX_REFUSALS = 8;

/** A moment in a transaction: what is to be known before a request can be read. */
export interface TransactionMoment {
  /** Unix milliseconds. */
  readonly now: number;
  readonly newId: () => string;
}

/** What happens is told by the server whose worker runs the job; nobody can say here whether it will have happened. */
const SILENT: AdmissionContext["announcer"] = { created: () => undefined, moved: () => undefined };

/** Takes jobs and workflows in. */
export class TransactionEngine {
  readonly #defaults = new QueueDefaultsTable();
  #now = 0;
  readonly newId: () => string = createUuid7({ now: () => this.#now, random: (bytes) => randomFillSync(bytes) });

  /** To be done first: learns what the store says about queues and time. */
  *begin(): Task<TransactionMoment> {
    this.#defaults.learn(yield* ask((view) => view.settings(QUEUE_CONFIG_KIND)));
    this.#now = yield* ask((view) => view.now());
    return { now: this.#now, newId: this.newId };
  }

  /** As `Engine.enqueue`. */
  *enqueue(moment: TransactionMoment, request: NewJob): Task<Enqueued> {
    const [enqueued] = yield* this.#enqueueAll(moment, [request], () => "id");
    if (enqueued === undefined) throw new Error("One job in, none out.");
    return enqueued;
  }

  /** As `Engine.enqueueBatch`. */
  *enqueueBatch(moment: TransactionMoment, requests: readonly NewJob[]): Task<readonly Enqueued[]> {
    refuseRepeatedIds(requests);
    return yield* this.#enqueueAll(moment, requests, idFieldInBatch);
  }

  /** As `Engine.createWorkflow`. */
  *createWorkflow({ now }: TransactionMoment, request: NewWorkflow): Task<CreatedWorkflow> {
    const launch = launchOf(this.#contextAt(now), request);
    const outcome = yield* run({ effects: [insertOfLaunch(launch)] }, now);
    if (outcome.ok) return createdBy(launch);
    const there = yield* ask((view) => view.workflow(launch.workflow.id));
    requireReplay(launch.workflow, there?.workflow);
    return { workflow: launch.workflow, steps: [], ...there, created: false };
  }

  *#enqueueAll(
    { now }: TransactionMoment,
    requests: readonly NewJob[],
    fieldOf: (index: number) => string,
  ): Task<readonly Enqueued[]> {
    const context = this.#contextAt(now);
    const births = requests.map((request) => birth(context, request));
    const outcome = yield* run({ effects: births.map(insertOf) }, now);
    return outcome.ok ? births.map(created) : yield* admit(context, births, fieldOf);
  }

  #contextAt(now: number): AdmissionContext {
    return {
      clock: { now: () => now },
      newId: this.newId,
      random: Math.random,
      queueConfigs: this.#defaults,
      announcer: SILENT,
    };
  }
}

/** Something is in the way of these jobs: looks at it, decides, and looks again if another one was faster. */
function* admit(
  context: AdmissionContext,
  births: readonly Birth[],
  fieldOf: (index: number) => string,
): Task<readonly Enqueued[]> {
  const now = context.clock.now();
  const { ids, guards = [] } = placesOf(births);
  for (let refusals = 0; refusals < MAX_REFUSALS; refusals += 1) {
    const stored = ids.length === 0 ? [] : yield* ask((view) => view.jobs(ids));
    const rivals = guards.length === 0 ? [] : yield* ask((view) => view.inTheWay(guards, now, MAX_RIVALS));
    const decided = decideAdmission(context, births, fieldOf, { stored, inTheWay: rivals.flat(), now });
    const effects = withArrivals(decided.effects);
    if (effects.length === 0 || (yield* run({ effects }, now)).ok) return decided.committed();
  }
  throw ojsError("backend_error", "What is in the way of the job is being changed by others all the time; try again.");
}

function run(unit: Unit, now: number): Task<UnitOutcome> {
  return ask((view) => view.run(unit, now, signalOf(unit)));
}
