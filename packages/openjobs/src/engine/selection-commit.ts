/** One commit of an operation on many jobs: what becomes of each is decided over the jobs as they are then. */
import { OjsError, ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import { cancel } from "../core/lifecycle/end.ts";
import { retry } from "../core/lifecycle/release.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { Effect } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import { move, nothing } from "./move.ts";
import { type IsFree, lookForNeeded } from "./needed-results.ts";
import {
  SELECTABLE,
  type SelectedJob,
  type Selection,
  type SelectionRefusal,
  type SelectionVerb,
} from "./selection.ts";
import { answered } from "./storage-trouble.ts";

/** Some jobs of a selection. */
export interface Portion {
  readonly ids: readonly string[];
  /** Jobs that are not what was looked for any more are left out of the outcome, instead of being refused. */
  readonly stillMeant?: (job: JobRecord) => boolean;
  /** Which portion of the selection it is; names what is kept of it. */
  readonly number: number;
  /** Where the selection goes on after this portion; kept with its outcome. */
  readonly next: string | null;
}

/** What became of a portion. */
export interface PortionOutcome {
  readonly items: readonly SelectedJob[];
  readonly next: string | null;
}

/** What an effect does to one job, and what it tells. */
interface Done {
  readonly effects: readonly Effect[];
  readonly committed: () => unknown;
}

/** The outcome of a portion that a request with this key has had before. Throws `conflict` for another request's. */
export async function keptPortion(
  { storage, clock }: EngineContext,
  { verb, once }: Selection,
  number: number,
): Promise<PortionOutcome | undefined> {
  if (once === null) return undefined;
  const kept = await answered(storage.answers.get(answerId(verb, once.key, number), clock.now()));
  if (kept === undefined) return undefined;
  if (kept.digest === once.digest) return JSON.parse(kept.body) as PortionOutcome; // commitPortion wrote it
  throw ojsError("conflict", "Another request had this idempotency key.", {
    details: { header: "Idempotency-Key" },
    hint: "Choose a new key for every request; repeat a request with the very same body.",
  });
}

/** Does it, and keeps the outcome in the same commit when there is a key; undefined when somebody else was faster with it. */
export async function commitPortion(
  context: EngineContext,
  selection: Selection,
  portion: Portion,
): Promise<PortionOutcome | undefined> {
  const { verb, once, atomic } = selection;
  const { ids, number, next } = portion;
  const isFree: IsFree = verb === "delete" ? await lookForNeeded(context, ids) : () => true;
  const keptAs = once === null ? undefined : answerId(verb, once.key, number);
  return context.committer.decide<PortionOutcome | undefined>({
    ids,
    decide(stored, { now, refused }) {
      if (keptAs !== undefined && refused?.id === keptAs) return nothing(undefined);
      const { items, done } = decideAll(context, selection, { ...portion, isFree }, stored, now);
      const spoiled = atomic && items.some(({ refusal }) => refusal !== null);
      const outcome = { items: spoiled ? items.map(rolledBack) : items, next };
      const effects = spoiled ? [] : done.flatMap((one) => one.effects);
      return {
        effects:
          once === null || keptAs === undefined ? effects : [...effects, keep(keptAs, once.digest, outcome, now)],
        committed() {
          if (!spoiled) for (const one of done) one.committed();
          return outcome;
        },
      };
    },
  });
}

function decideAll(
  context: EngineContext,
  { verb }: Selection,
  { ids, stillMeant, isFree }: Portion & { readonly isFree: IsFree },
  stored: readonly (JobRecord | undefined)[],
  now: number,
): { readonly items: readonly SelectedJob[]; readonly done: readonly Done[] } {
  const items: SelectedJob[] = [];
  const done: Done[] = [];
  ids.forEach((jobId, index) => {
    const job = stored[index];
    if (stillMeant !== undefined && (job === undefined || !stillMeant(job))) return;
    const outcome =
      job === undefined ? unknownJob(jobId) : isFree(job) ? decideOne(context, verb, job, now) : needed(job);
    if ("effects" in outcome) done.push(outcome);
    items.push({ jobId, refusal: "effects" in outcome ? null : outcome });
  });
  return { items, done };
}

function decideOne(context: EngineContext, verb: SelectionVerb, job: JobRecord, now: number): Done | SelectionRefusal {
  if (!SELECTABLE[verb].allowed.includes(job.state)) return wrongState(verb, job);
  try {
    return DO[verb](context, job, now);
  } catch (error) {
    if (error instanceof OjsError && error.code === "conflict") {
      return { code: "conflict", message: error.message, state: job.state };
    }
    throw error;
  }
}

const DO: Readonly<Record<SelectionVerb, (context: EngineContext, job: JobRecord, now: number) => Done>> = {
  cancel: ({ announcer }, job, now) => move(announcer, job, cancel(job, now), now),
  retry: ({ announcer }, job, now) => move(announcer, job, retry(job, now), now),
  delete: (_context, before) => ({ effects: [{ kind: "remove", before }], committed: () => undefined }),
};

function wrongState(verb: SelectionVerb, { id, state }: JobRecord): SelectionRefusal {
  const expected = SELECTABLE[verb].allowed.join("|");
  return { code: "conflict", message: `Job ${id} is ${state}; this needs a job that is ${expected}.`, state };
}

function needed({ id, state, workflowId }: JobRecord): SelectionRefusal {
  const message = `Job ${id} is a step of workflow ${workflowId}, which is running and may still ask for its result.`;
  return { code: "conflict", message, state };
}

function unknownJob(id: string): SelectionRefusal {
  return { code: "not_found", message: `There is no job ${id}.`, state: null };
}

function rolledBack(item: SelectedJob): SelectedJob {
  if (item.refusal !== null) return item;
  const message = "Nothing was done to this job, because another job of this atomic operation was refused.";
  return { ...item, refusal: { code: "rolled_back", message, state: null } };
}

function keep(id: string, digest: string, outcome: PortionOutcome, now: number): Effect {
  const body = JSON.stringify(outcome);
  return { kind: "keep-answer", answer: { id, digest, status: 200, body, expiresAt: now + DEFAULTS.answerKeptMs } };
}

/** Keys are per operation (§10.2). A key may contain `#`, but the last one is ours. */
function answerId(verb: SelectionVerb, key: string, number: number): string {
  return `bulk-${verb}:${key}#${number}`;
}
