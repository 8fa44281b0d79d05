/** From a checked request to a job that is ready to be inserted. */
import { hash } from "node:crypto";
import type { NewJob } from "../core/job-request.ts";
import { type NewJobOutcome, newJob } from "../core/lifecycle/enqueue.ts";
import type { UniqueGuard } from "../core/unique-guard.ts";
import type { ConflictAction } from "../core/unique-policy.ts";
import type { UniqueRequest } from "../core/unique-request.ts";
import type { Effect } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { QueueConfigs } from "./queue-configs.ts";

/** A job to be, and what it was made of. */
export interface Birth extends NewJobOutcome {
  readonly request: NewJob;
  /** Which jobs it may not meet, and what then; absent = it does not mind others. */
  readonly unique?: { readonly guard: UniqueGuard; readonly onConflict: ConflictAction };
}

/** What it takes to make a job. */
export interface BirthContext extends Pick<EngineContext, "newId"> {
  readonly clock: Pick<EngineContext["clock"], "now">;
  readonly queueConfigs: Pick<QueueConfigs, "applied">;
}

/** The job that a request asks for. */
export function birth(context: BirthContext, asked: NewJob): Birth {
  const { clock, newId, queueConfigs } = context;
  const request = queueConfigs.applied(asked);
  const { source, unique } = request;
  const id = request.id ?? newId();
  const digest = request.id === null ? null : sha256(source, "base64url");
  const fingerprint = unique === null ? null : fingerprintOf(unique);
  const { job, events } = newJob(request, { id, digest, fingerprint }, clock.now());
  if (unique === null || fingerprint === null) return { job, events, request };
  return { job, events, request, unique: { guard: guardOf(fingerprint, unique), onConflict: unique.onConflict } };
}

/** What a unique job is told by. */
export function fingerprintOf({ fingerprint, identity }: UniqueRequest): string {
  return fingerprint ?? sha256(identity, "hex");
}

/** The effect that inserts it. */
export function insertOf({ job, unique }: Birth): Effect {
  return unique === undefined ? { kind: "insert", job } : { kind: "insert", job, unique: unique.guard };
}

/** A cancelled job is what a replaced one becomes, so it is in the way of no other that replaces. */
function guardOf(fingerprint: string, { states, periodMs, onConflict }: UniqueRequest): UniqueGuard {
  const replaces = onConflict === "replace" || onConflict === "replace_except_schedule";
  return { fingerprint, states: replaces ? states.filter((state) => state !== "cancelled") : states, periodMs };
}

function sha256(text: string, encoding: "hex" | "base64url"): string {
  return hash("sha256", text, encoding);
}
