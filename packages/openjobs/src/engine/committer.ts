/**
 * Group commit (design 3.3): operations submit, the committer cuts groups from what has come together and commits each
 * one at once. Durability then costs one flush of the disk a group, not one a job, and nobody is answered before it.
 */
import type { Clock } from "../core/clock.ts";
import { ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import type {
  Beat,
  BeatOutcome,
  CompletedJob,
  Completion,
  Group,
  GroupOutcome,
  Storage,
  Unit,
  UnitOutcome,
} from "../storage/storage.ts";
import { AnswerOrder, type Committed } from "./answer-order.ts";
import { type CommitListeners, GroupCommit } from "./group-commit.ts";
import { type GroupLimits, Lanes } from "./lanes.ts";
import type { CommitMetrics } from "./metrics/commit-metrics.ts";
import type { OutboxPlanner } from "./outbox-plan.ts";
import type { FindSequels } from "./sequel.ts";
import {
  type Answer,
  type ClaimRequest,
  type Decision,
  type Size,
  type Submission,
  sizeOf,
  ticket,
} from "./submission.ts";

/** How many groups an asynchronous store works on at a time; more would only make the groups smaller. */
const ASYNC_GROUPS = 2;

const NOTHING: GroupOutcome = { completions: [], beats: [], units: [], claims: [] };

/** Who takes part in every commit. */
export interface Attendants extends CommitListeners {
  /** Finds what follows from decided changes. */
  readonly follow?: FindSequels;
  /** Stores events with what they tell of. */
  readonly outbox?: OutboxPlanner;
  /** Hears how long each commit took. */
  readonly commits?: CommitMetrics;
}

/** The engine's only way to change anything in the storage. */
export class Committer {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #lanes: Lanes;
  readonly #attendants: Attendants;
  readonly #maxInFlight: number;
  #inFlight = 0;
  #scheduled = false;
  /** Whether others came while the last group was under way. */
  #company = false;
  #closed = false;
  readonly #order = new AnswerOrder();
  #drained: (() => void) | undefined;

  constructor(storage: Storage, clock: Clock, limits: GroupLimits, attendants: Attendants = {}) {
    this.#storage = storage;
    this.#clock = clock;
    this.#lanes = new Lanes(limits);
    this.#attendants = attendants;
    this.#maxInFlight = storage.traits.synchronous ? 1 : ASYNC_GROUPS;
  }

  /** Finishes jobs without reading them, each for itself; null for those that take a decision. */
  complete<T>(request: readonly Completion[], answer: Answer<readonly (CompletedJob | null)[], T>): Promise<T> {
    const { promise, ...ends } = ticket(answer);
    const characters = request.reduce((sum, { result }) => sum + (result?.length ?? 0), 0);
    this.#submit({ kind: "completion", request, ...ends, ...sizeOf(request.length, characters) });
    return promise;
  }

  /** Records a heartbeat. */
  beat<T>(request: Beat, answer: Answer<BeatOutcome, T>): Promise<T> {
    const { promise, ...ends } = ticket(answer);
    this.#submit({ kind: "beat", request, ...ends, ...sizeOf(request.jobs.length) });
    return promise;
  }

  /** Commits new jobs as one unit. */
  insert<T>(request: Unit, size: Size, answer: Answer<UnitOutcome, T>): Promise<T> {
    const { promise, ...ends } = ticket(answer);
    this.#submit({ kind: "insert", request, ...ends, ...size });
    return promise;
  }

  /** Claims jobs, unless nobody wants them any more when the group is cut. */
  claim<T>(request: ClaimRequest, answer: Answer<readonly JobRecord[], T>): Promise<T> {
    const { promise, ...ends } = ticket(answer);
    this.#submit({ kind: "claim", request, ...ends, ...sizeOf(request.claim.limit) });
    return promise;
  }

  /** Reads jobs, decides and commits; decides again when another commit was faster. */
  decide<T>(decision: Decision<T>): Promise<T> {
    const { promise, settle, fail } = ticket((committed: () => T) => committed());
    this.#submit({
      kind: "decision",
      ids: decision.ids,
      guards: decision.guards ?? [],
      decide: (jobs, context) => {
        const { effects, committed, tell } = decision.decide(jobs, context);
        return { effects, settle: (at) => settle(committed, at), ...(tell === undefined ? {} : { tell }) };
      },
      fail,
      refused: undefined,
      refusals: 0,
      ...sizeOf(decision.rows ?? decision.ids.length + (decision.guards?.length ?? 0)),
    });
    return promise;
  }

  /** Refuses new work and resolves when everything that was submitted has been answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inFlight === 0 && this.#lanes.isEmpty) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #submit(submission: Submission): void {
    if (this.#closed) {
      submission.fail(ojsError("backend_error", "The server is shutting down."));
      return;
    }
    this.#lanes.add(submission);
    this.#schedule();
  }

  /** Everything that comes in during this turn of the event loop joins the group. */
  #schedule(): void {
    if (this.#scheduled || this.#lanes.isEmpty || this.#inFlight >= this.#maxInFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#inFlight += 1;
      void this.#run(new GroupCommit(this.#lanes.cut())).finally(() => this.#finished());
      this.#schedule();
    });
  }

  #finished(): void {
    this.#inFlight -= 1;
    this.#schedule();
    if (this.#inFlight === 0 && this.#lanes.isEmpty) this.#drained?.();
  }

  async #run(group: GroupCommit): Promise<void> {
    const now = this.#clock.now();
    const ready = await attempt(async () => {
      await group.decide(this.#storage, now, this.#attendants.follow);
      return NOTHING;
    });
    const drawn = ready.ok ? group.draw(now, !this.#company, this.#attendants.outbox) : undefined;
    const committed = drawn === undefined ? Promise.resolve(ready) : this.#commit(drawn);
    await this.#order.add({ group: drawn, committed, answer: (outcome) => this.#answer(group, outcome, now) });
  }

  #commit(group: Group): Promise<Committed> {
    const startedAt = performance.now();
    const committed = attempt(() => this.#storage.commit(group));
    // Beside the answers, not before them; an attempt never rejects.
    void committed.then(({ ok }) => this.#attendants.commits?.ended(ok, performance.now() - startedAt));
    return committed;
  }

  #answer(group: GroupCommit, committed: Committed, at: number): void {
    // Before anybody is answered: who is may come again at once, but not any sooner for it.
    this.#company = !this.#lanes.isEmpty;
    try {
      if (committed.ok) group.settle(committed.outcome, at, this.#attendants);
      else group.fail(committed.cause);
    } catch (error) {
      group.fail(error);
    }
    this.#lanes.putBack(group.again);
  }
}

async function attempt(work: () => Promise<GroupOutcome>): Promise<Committed> {
  try {
    return { ok: true, outcome: await work() };
  } catch (cause) {
    return { ok: false, cause };
  }
}
