/**
 * Companions: documents that a running job leaves beside itself, its progress, its checkpoint, and the run of its agent. They are records of the
 * store, so that jobs that have none cost nothing. A job can be removed without them; the sweep finds those that are left.
 */
import type { JobRecord } from "../../core/job.ts";
import { stringifyJson } from "../../core/json.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Storage } from "../../storage/storage.ts";
import { answered } from "../storage-trouble.ts";

/** What kinds there are. */
export const COMPANION_KINDS = ["agent", "checkpoint", "progress"] as const;

/** One of {@link COMPANION_KINDS}. */
export type CompanionKind = (typeof COMPANION_KINDS)[number];

/** How often a companion's job is looked for. */
export const LOOK_AGAIN_MS: number = 24 * 60 * 60 * 1_000;

/** A document and the job that it is about. */
export interface Companion<T> {
  /** An id may be used again once its job is gone; then this tells the two apart. */
  readonly jobCreatedAt: number;
  /** The claim under which it was left. */
  readonly lease: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly value: T;
}

/** A companion with the revision that a change has to name. */
export interface Found<T> {
  readonly companion: Companion<T>;
  readonly revision: string;
}

/** What the store has of these jobs, in their order; what is of another job with the same id counts as nothing. */
export async function companionsOf<T>(
  storage: Pick<Storage, "records">,
  kind: CompanionKind,
  jobs: readonly JobRecord[],
): Promise<readonly { readonly record: StoredRecord | undefined; readonly found: Found<T> | undefined }[]> {
  const ids = jobs.map(({ id }) => id);
  const records = await answered(storage.records.get(kind, ids));
  return jobs.map((job, index) => {
    const record = records[index];
    if (record === undefined) return { record, found: undefined };
    const companion = companionIn<T>(record);
    const isOwn = companion.jobCreatedAt === job.createdAt;
    return { record, found: isOwn ? { companion, revision: record.revision } : undefined };
  });
}

/** The document in a record. */
export function companionIn<T>({ body }: StoredRecord): Companion<T> {
  return JSON.parse(body) as Companion<T>; // `companionRecord` wrote it
}

/** The record that keeps a document. */
export function companionRecord(
  kind: CompanionKind,
  job: JobRecord,
  value: unknown,
  { now, revision }: { readonly now: number; readonly revision: string },
): StoredRecord {
  const companion: Companion<unknown> = { jobCreatedAt: job.createdAt, lease: job.lease, at: now, value };
  return { kind, id: job.id, revision, dueAt: now + LOOK_AGAIN_MS, body: stringifyJson(companion) };
}
