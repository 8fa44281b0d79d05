/** Enqueue, one or many: all or nothing, and harmless to repeat (ojs-core §7.1, http-binding §7, §9.2). */
import { ojsError } from "../core/errors.ts";
import type { NewJob } from "../core/job-request.ts";
import type { QueuePressure } from "../core/queue-bound.ts";
import type { Unit } from "../storage/storage.ts";
import { Admission, type AdmissionContext, idTaken, type Surroundings } from "./admission.ts";
import { refusalOfUnattested } from "./attest/attest-policy.ts";
import { type Birth, birth, insertOf } from "./birth.ts";
import type { EngineContext } from "./context.ts";
import type { Enqueued } from "./enqueued.ts";
import { type Decided, type Decision, sizeOfJobs } from "./submission.ts";

/** Accepts one job. */
export async function enqueue(context: EngineContext, request: NewJob): Promise<Enqueued> {
  context.schemas.check(request, "");
  const [enqueued] = await enqueueAll(context, [request], () => "id");
  if (enqueued === undefined) throw new Error("One job in, none out.");
  return enqueued;
}

/** Accepts all jobs or none. */
export async function enqueueBatch(context: EngineContext, requests: readonly NewJob[]): Promise<readonly Enqueued[]> {
  refuseRepeatedIds(requests);
  context.schemas.checkAll(requests);
  return requests.length === 0 ? [] : enqueueAll(context, requests, idFieldInBatch);
}

/** Where the id of a job of a batch is in its request. */
export function idFieldInBatch(index: number): string {
  return `jobs[${index}].id`;
}

/** Under the bounds of the queues. */
function enqueueAll(
  context: EngineContext,
  requests: readonly NewJob[],
  fieldOf: (index: number) => string,
): Promise<readonly Enqueued[]> {
  const { gate, queueConfigs } = context;
  for (const request of requests) {
    const refusal = refusalOfUnattested(queueConfigs, request);
    if (refusal !== undefined) throw refusal;
  }
  if (!gate.concerns(requests)) return insertOrAdmit(context, requests, fieldOf);
  return gate.together(requests, async (pressures) => {
    const enqueued = await insertOrAdmit(context, requests, fieldOf);
    return enqueued.map((one, index) => pressed(one, pressures[index]));
  });
}

function pressed(enqueued: Enqueued, pressure: QueuePressure | undefined): Enqueued {
  return pressure === undefined ? enqueued : { ...enqueued, pressure };
}

async function insertOrAdmit(
  context: EngineContext,
  requests: readonly NewJob[],
  fieldOf: (index: number) => string,
): Promise<readonly Enqueued[]> {
  const births = requests.map((request) => birth(context, request));
  if (await insertAll(context, births)) return births.map(created);
  return admitAll(context, births, fieldOf);
}

/** Commits new jobs as one unit; false when something is in their way: an id that is taken, or a job that is the same. */
export function insertAll({ committer, announcer }: EngineContext, births: readonly Birth[]): Promise<boolean> {
  const jobs = births.map(({ job }) => job);
  const unit: Unit = { effects: births.map(insertOf) };
  const woken = jobs.map((job) => announcer.expected(job));
  return committer.insert(unit, sizeOfJobs(jobs), (outcome) => {
    if (!outcome.ok) return false;
    births.forEach(({ job, events }, index) => {
      announcer.created(job, events, woken[index]);
    });
    return true;
  });
}

/** Commits new jobs that something is in the way of, as far as it may be, or throws what speaks against the first one. */
export function admitAll(
  context: EngineContext,
  births: readonly Birth[],
  fieldOf: (index: number) => string,
): Promise<readonly Enqueued[]> {
  return context.committer.decide({
    ...placesOf(births),
    decide: (stored, { inTheWay, now }) => decideAdmission(context, births, fieldOf, { stored, inTheWay, now }),
  });
}

/** What becomes of new jobs that something is in the way of. Throws as {@link admitAll}. */
export function decideAdmission(
  context: AdmissionContext,
  births: readonly Birth[],
  fieldOf: (index: number) => string,
  surroundings: Surroundings,
): Decided<readonly Enqueued[]> {
  const admission = new Admission(context, surroundings);
  const admitted = births.map((newborn, index) => admission.admit(newborn, fieldOf(index)));
  refusePartlyKnown(admitted, births, fieldOf);
  return {
    effects: admission.effects,
    committed() {
      admission.announce();
      return admitted.map((one) => ({ ...one, job: admission.latest(one.job) }));
    },
  };
}

/** What a decision about these jobs has to read. */
export function placesOf(births: readonly Birth[]): Pick<Decision<never>, "ids" | "guards"> {
  return {
    ids: [...new Set(births.flatMap(({ request }) => request.id ?? []))],
    guards: births.flatMap(({ unique }) => unique?.guard ?? []),
  };
}

/** How a job is answered that nothing was in the way of. */
export function created({ job }: Birth): Enqueued {
  return { job, created: true, deduplicated: false };
}

/**
 * A batch that was here before is answered as it was. One that has known jobs and new ones is another batch, unless the
 * new ones were left out then, because of jobs that counted as the same and have ended since.
 */
function refusePartlyKnown(
  admitted: readonly Enqueued[],
  births: readonly Birth[],
  fieldOf: (index: number) => string,
): void {
  const known = admitted.findIndex((one) => !one.created && !one.deduplicated);
  const another = admitted.some((one, index) => one.created && births[index]?.unique?.onConflict !== "ignore");
  const job = admitted[known]?.job;
  if (job !== undefined && another) throw idTaken(job, fieldOf(known));
}

/** @throws OjsError `invalid_request` when a batch has an id twice. */
export function refuseRepeatedIds(requests: readonly NewJob[]): void {
  const seen = new Set<string>();
  requests.forEach(({ id }, index) => {
    if (id !== null && seen.has(id)) {
      throw ojsError("invalid_request", `The batch has two jobs with the id ${id}.`, {
        details: { field: idFieldInBatch(index), job_id: id },
        hint: "Give every job of a batch its own id, or none.",
      });
    }
    if (id !== null) seen.add(id);
  });
}
