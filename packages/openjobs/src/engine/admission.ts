/**
 * Decides about new jobs that something may be in the way of: an id that is taken, a job that counts as the same. One
 * after the other, each over what those before it will have done, so that a batch may well be in its own way.
 */
import { type OjsError, ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import { firstRevision, nextRevision } from "../core/job-revision.ts";
import { decideDue } from "../core/lifecycle/due.ts";
import { cancel } from "../core/lifecycle/end.ts";
import type { Transition } from "../core/lifecycle/transition.ts";
import { isTerminal } from "../core/states.ts";
import { isInTheWay, newestFirst } from "../core/unique-guard.ts";
import { keepSchedule } from "../core/unique-replacement.ts";
import type { Effect } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import { type Birth, type BirthContext, birth, insertOf } from "./birth.ts";
import type { EngineContext } from "./context.ts";
import type { Enqueued } from "./enqueued.ts";
import { move } from "./move.ts";
import { MAX_RIVALS } from "./sight.ts";

/** What an admission has to know of the store. */
export interface Surroundings {
  /** The jobs that have the ids of the new ones. */
  readonly stored: readonly (JobRecord | undefined)[];
  /** The jobs that are in the way of the new ones. */
  readonly inTheWay: readonly JobRecord[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** What an admission needs of an engine. */
export interface AdmissionContext extends BirthContext, Pick<EngineContext, "random"> {
  readonly announcer: Pick<Announcer, "created" | "moved">;
}

/** See above. Nothing has happened before its effects are committed. */
export class Admission {
  readonly #context: AdmissionContext;
  readonly #now: number;
  /** Stored jobs and new ones, as they are going to be. */
  readonly #jobs = new Map<string, JobRecord>();
  /** Ids of those that have a fingerprint, by that. */
  readonly #alike = new Map<string, Set<string>>();
  readonly #effects: Effect[] = [];
  readonly #announcements: (() => void)[] = [];

  constructor(context: AdmissionContext, { stored, inTheWay, now }: Surroundings) {
    this.#context = context;
    this.#now = now;
    for (const job of [...stored, ...inTheWay]) if (job !== undefined) this.#know(job);
  }

  get effects(): readonly Effect[] {
    return this.#effects;
  }

  /** Tells the world, once the effects are committed. */
  announce(): void {
    for (const announce of this.#announcements) announce();
  }

  /**
   * Takes the job in, or says which job takes its place.
   *
   * @param field Where its id is in the request, for error messages.
   * @throws OjsError `duplicate` when another job has the id, or is in the way and stays there.
   */
  admit(newborn: Birth, field: string): Enqueued {
    const existing = this.#jobs.get(newborn.job.id);
    if (existing === undefined) return this.#admitNew(newborn, field);
    const same = sameRequest(newborn.job, existing);
    if (same === undefined) throw idTaken(existing, field);
    return { job: same, created: false, deduplicated: false };
  }

  /** A job of an answer as it is at the end: one that came first may have been replaced by one that came later. */
  latest(job: JobRecord): JobRecord {
    return this.#jobs.get(job.id) ?? job;
  }

  #admitNew(newborn: Birth, field: string): Enqueued {
    const rivals = this.#rivalsOf(newborn);
    const [newest] = rivals;
    if (newest === undefined) return this.#insert(newborn);
    switch (newborn.unique?.onConflict) {
      case "ignore":
        return { job: newest, created: false, deduplicated: true };
      case "replace":
        this.#replace(rivals, newborn, field);
        return this.#insert(newborn);
      case "replace_except_schedule":
        this.#replace(rivals, newborn, field);
        return this.#insert(this.#onSchedule(rivals, newborn));
      default:
        throw inTheWayOf(newborn, newest, field);
    }
  }

  /** The jobs in the way, the last created first. Those whose time has come make their move before. */
  #rivalsOf({ job, unique }: Birth): readonly JobRecord[] {
    if (unique === undefined || job.fingerprint === null) return [];
    const alike = [...(this.#alike.get(job.fingerprint) ?? [])].flatMap((id) => this.#jobs.get(id) ?? []);
    const rivals = alike.filter((other) => isInTheWay(other, unique.guard, this.#now));
    return rivals
      .map((rival) => this.#settle(rival))
      .filter((rival) => isInTheWay(rival, unique.guard, this.#now))
      .sort(newestFirst);
  }

  #settle(job: JobRecord): JobRecord {
    const transition = decideDue(job, { now: this.#now, random: this.#context.random });
    return transition === null ? job : this.#settle(this.#move(job, transition));
  }

  /** One commit: at no moment are both there, or neither. */
  #replace(rivals: readonly JobRecord[], newborn: Birth, field: string): void {
    const ended = rivals.find(({ state }) => isTerminal(state));
    if (ended !== undefined) throw inTheWayOf(newborn, ended, field);
    if (rivals.length >= MAX_RIVALS) throw tooManyInTheWayOf(newborn, field);
    for (const rival of rivals) this.#move(rival, cancel(rival, this.#now));
  }

  #onSchedule(rivals: readonly JobRecord[], newborn: Birth): Birth {
    const scheduled = rivals.find(({ state }) => state === "scheduled");
    if (scheduled === undefined) return newborn;
    const { id } = newborn.job;
    return birth({ ...this.#context, newId: () => id }, keepSchedule(newborn.request, scheduled));
  }

  #insert(newborn: Birth): Enqueued {
    const { job, events } = newborn;
    this.#effects.push(insertOf(newborn));
    this.#announcements.push(() => this.#context.announcer.created(job, events));
    // What a later job of the request replaces is at the first revision then.
    this.#know(firstRevision(job, job.seq));
    return { job, created: true, deduplicated: false };
  }

  #move(job: JobRecord, transition: Transition): JobRecord {
    const { effects, committed } = move(this.#context.announcer, job, transition, this.#now);
    this.#effects.push(...effects);
    this.#announcements.push(committed);
    const after = nextRevision(job, transition.change);
    this.#know(after);
    return after;
  }

  #know(job: JobRecord): void {
    this.#jobs.set(job.id, job);
    if (job.fingerprint === null) return;
    const ids = this.#alike.get(job.fingerprint) ?? new Set();
    this.#alike.set(job.fingerprint, ids.add(job.id));
  }
}

/** The stored job, if this very request has made it. */
function sameRequest(job: JobRecord, stored: JobRecord): JobRecord | undefined {
  return job.digest !== null && stored.digest === job.digest ? stored : undefined;
}

/** Why a job is refused whose id another one has. */
export function idTaken({ id, state }: JobRecord, field: string): OjsError {
  return ojsError("duplicate", `There is already another job with the id ${id}.`, {
    details: { field, existing_job_id: id, existing_state: state },
    jobId: id,
  });
}

function tooManyInTheWayOf({ job }: Birth, field: string): OjsError {
  return ojsError("duplicate", `${MAX_RIVALS} jobs or more count as the same; so many are not replaced at once.`, {
    details: { field: field.replace(/id$/, "unique"), uniqueness_key: job.fingerprint, max: MAX_RIVALS - 1 },
    hint: "Cancel them first, or give the policies that enqueue these jobs the same states.",
  });
}

/** Why a job is refused that counts as the same as another one (ojs-unique-jobs §5.1). */
function inTheWayOf({ job, unique }: Birth, { id, state }: JobRecord, field: string): OjsError {
  const replaces = unique?.onConflict !== "reject" && isTerminal(state);
  const end = replaces ? `, and it is ${state}: what has ended cannot be replaced` : ` and is ${state}`;
  return ojsError("duplicate", `Job ${id} counts as the same${end}.`, {
    details: {
      field: field.replace(/id$/, "unique"),
      existing_job_id: id,
      existing_state: state,
      existing_job_state: state,
      uniqueness_key: job.fingerprint,
    },
    jobId: id,
    hint: replaces
      ? `Leave ${state} out of the policy's states if a job like this may run again.`
      : "Use the job that is there, or enqueue with on_conflict ignore or replace.",
  });
}
