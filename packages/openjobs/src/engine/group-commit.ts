/** One group on its way through the storage: read, decide, commit once, answer everybody (design 3.2, 3.3). */
import { ojsError } from "../core/errors.ts";
import type { Group, GroupOutcome, Storage, Unit, UnitOutcome } from "../storage/storage.ts";
import { withArrivals } from "./arrivals.ts";
import type { Openings } from "./openings.ts";
import type { OutboxPlan, OutboxPlanner } from "./outbox-plan.ts";
import type { FindSequels, Followed, Sequel } from "./sequel.ts";
import { type Seen, see } from "./sight.ts";
import { storageTrouble } from "./storage-trouble.ts";
import type { Pending, Submission, Tell } from "./submission.ts";
import type { WorkflowListener } from "./workflow-news.ts";

type Of<Kind extends Submission["kind"]> = Extract<Submission, { kind: Kind }>;

/** Who hears of commits besides those who asked for them. */
export interface CommitListeners {
  readonly workflows?: WorkflowListener;
  /** Hears after the claims were answered. */
  readonly openings?: Pick<Openings, "looked" | "hear">;
}

interface DecidedUnit {
  readonly from: Of<"decision">;
  readonly unit: Unit;
  readonly settle: (at: number) => void;
  readonly tell: Tell | undefined;
  /** What follows from it; its effects are among those of the unit. */
  readonly sequel?: Sequel;
}

/** After so many refusals in a row the caller is told to come back later: somebody else keeps changing the job. */
const MAX_REFUSALS = 8;

/** The submissions of one commit. */
export class GroupCommit {
  readonly #completions: readonly Of<"completion">[];
  readonly #beats: readonly Of<"beat">[];
  readonly #decisions: readonly Of<"decision">[];
  readonly #inserts: readonly Of<"insert">[];
  #claims: readonly Of<"claim">[];
  #decided: readonly DecidedUnit[] = [];
  #outbox: OutboxPlan | undefined;
  /** Decisions that have nothing to change; their answers need no commit, but keep their place. */
  readonly #idle: ((at: number) => void)[] = [];
  /** Decisions that have to be made again in a later group. */
  readonly again: Submission[] = [];

  constructor(submissions: readonly Submission[]) {
    this.#completions = ofKind(submissions, "completion");
    this.#beats = ofKind(submissions, "beat");
    this.#decisions = ofKind(submissions, "decision");
    this.#inserts = ofKind(submissions, "insert");
    this.#claims = ofKind(submissions, "claim");
  }

  /**
   * Reads what the decisions need, all at once, and makes them. A decision about a job that an earlier one of the
   * group has changed waits for the next group: only that one can see what really became of the job.
   *
   * @param follow Finds what follows from them.
   */
  async decide(storage: Storage, now: number, follow?: FindSequels): Promise<void> {
    const view = await see(this.#decisions, storage, now);
    const changed = new Set<string>();
    const decided: DecidedUnit[] = [];
    for (const decision of this.#decisions) {
      const seen = view(decision);
      if (seen.places.some((place) => changed.has(place))) this.again.push(decision);
      else this.#make(decision, seen, now, { decided, changed });
    }
    const units = decided.map(({ unit }) => unit);
    const followed = follow?.(units, storage, now);
    this.#decided = followed === undefined ? decided : this.#continued(decided, await followed);
  }

  /** The group for the storage; undefined when there is nothing to write. `alone` as in {@link Group}. */
  draw(now: number, alone: boolean, planner?: OutboxPlanner): Group | undefined {
    this.#claims = this.#claims.filter((claim) => {
      const wanted = claim.request.wanted();
      if (!wanted) claim.settle([], now);
      return wanted;
    });
    const group: Group = {
      now,
      completions: this.#completions.flatMap(({ request }) => request),
      beats: this.#beats.map(({ request }) => request),
      units: [...this.#decided.map(({ unit }) => unit), ...this.#inserts.map(({ request }) => request)],
      claims: this.#claims.map(({ request }) => request.claim),
      alone,
    };
    if (isEmpty(group)) return undefined;
    const plan =
      planner?.isWanted === true ? planner.plan({ group, tells: this.#decided.map(({ tell }) => tell) }) : undefined;
    this.#outbox = plan;
    return plan === undefined ? group : { ...group, outbox: plan.records };
  }

  /** Answers everybody, in the order in which the storage applied the group, and tells the others. */
  settle(outcome: GroupOutcome, at: number, { workflows, openings }: CommitListeners = {}): void {
    this.#settleCompletions(outcome.completions, at);
    settleAll(this.#beats, outcome.beats, at);
    for (const settle of this.#idle) settle(at);
    this.#decided.forEach((decided, index) => {
      this.#settleDecided(decided, outcomeAt(outcome.units, index), at);
    });
    settleAll(this.#inserts, outcome.units.slice(this.#decided.length), at);
    if (outcome.workflows !== undefined) workflows?.progressed(outcome.workflows.facts, at);
    settleAll(this.#claims, outcome.claims, at);
    if (outcome.workflows !== undefined) workflows?.started(outcome.workflows.started, at);
    if (openings !== undefined) this.#tellOpenings(outcome, at, openings);
    this.#outbox?.committed();
  }

  /** The store did not commit: nothing of the group happened, and every caller may try again. */
  fail(cause: unknown): void {
    const error = storageTrouble(cause);
    const waiting = [this.#completions, this.#beats, this.#decisions, this.#inserts, this.#claims].flat();
    for (const submission of waiting) submission.fail(error);
    this.again.length = 0;
  }

  #make(
    decision: Of<"decision">,
    { jobs, inTheWay, places }: Seen,
    now: number,
    out: { readonly decided: DecidedUnit[]; readonly changed: Set<string> },
  ): void {
    try {
      const { effects, settle, tell } = decision.decide(jobs, { now, refused: decision.refused, inTheWay });
      if (effects.length === 0) this.#idle.push(settle);
      else {
        out.decided.push({ from: decision, unit: { effects: withArrivals(effects) }, settle, tell });
        for (const place of places) out.changed.add(place);
      }
    } catch (error) {
      decision.fail(error);
    }
  }

  #continued(decided: readonly DecidedUnit[], followed: readonly Followed[]): readonly DecidedUnit[] {
    return decided.flatMap((one, index): readonly DecidedUnit[] => {
      const sequel = followed[index];
      if (sequel === undefined) return [one];
      if (sequel !== "later") return [{ ...one, unit: { effects: sequel.effects }, sequel }];
      this.again.push(one.from);
      return [];
    });
  }

  #settleCompletions(outcomes: GroupOutcome["completions"], at: number): void {
    let start = 0;
    for (const { request, settle } of this.#completions) {
      const own = outcomes.slice(start, start + request.length);
      if (own.length < request.length) throw answeredLess(outcomes, start + request.length);
      settle(own, at);
      start += request.length;
    }
  }

  /** A claim that got less than it asked for has looked everywhere. */
  #tellOpenings({ claims, openings }: GroupOutcome, at: number, listener: Pick<Openings, "looked" | "hear">): void {
    this.#claims.forEach(({ request: { claim } }, index) => {
      if (outcomeAt(claims, index).length < claim.limit) listener.looked(claim.queues);
    });
    if (openings !== undefined) listener.hear(openings, at);
  }

  #settleDecided({ from, settle, sequel }: DecidedUnit, outcome: UnitOutcome, at: number): void {
    if (outcome.ok) {
      settle(at);
      sequel?.committed();
    } else if (from.refusals < MAX_REFUSALS) {
      // If only what follows was outrun, the decision is made again as if nothing had been.
      const refused = sequel?.guarded.includes(outcome.id) === true ? from.refused : outcome;
      this.again.push({ ...from, refusals: from.refusals + 1, refused });
    } else {
      from.fail(ojsError("backend_error", `${outcome.id} is being changed by others all the time; try again.`));
    }
  }
}

function ofKind<Kind extends Submission["kind"]>(submissions: readonly Submission[], kind: Kind): readonly Of<Kind>[] {
  return submissions.filter((submission): submission is Of<Kind> => submission.kind === kind);
}

function settleAll<Outcome>(
  pending: readonly Pick<Pending<unknown, Outcome>, "settle">[],
  outcomes: readonly Outcome[],
  at: number,
): void {
  pending.forEach(({ settle }, index) => {
    settle(outcomeAt(outcomes, index), at);
  });
}

/** A driver that answers less than it was asked is broken; better to say so than to leave a caller waiting. */
function outcomeAt<Outcome>(outcomes: readonly Outcome[], index: number): Outcome {
  const outcome = outcomes[index];
  if (outcome === undefined) throw answeredLess(outcomes, index + 1);
  return outcome;
}

function answeredLess({ length }: readonly unknown[], wanted: number): Error {
  return new Error(`The storage answered ${length} outcomes, not ${wanted}.`);
}

function isEmpty({ completions, beats, units, claims }: Group): boolean {
  return completions.length + beats.length + units.length + claims.length === 0;
}
