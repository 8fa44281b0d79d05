/**
 * The short answer about a job that was just enqueued (`Prefer: return=minimal`, RFC 7240): what its sender cannot know.
 * The other end puts the job together from its own request and this, and has what the full answer would have given it.
 */
import type { JobRecord, JsonText } from "../job.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { formatTimestamp } from "../time.ts";
import { decodeJob, decodeUnique, type Job } from "./job-decode.ts";

/** What a sender has to remember of a job to make it out of a receipt. */
export interface SentJob {
  readonly type: string;
  readonly queue: string;
  readonly priority: number;
  readonly args: JsonText;
  readonly meta: JsonText;
}

/**
 * Writes a receipt. Attributes go along, because the server has normalised them: policies, times. Only for a job in its
 * first moment; one that was there before has more to tell.
 */
export function encodeReceipt(job: JobRecord): JsonText {
  const attributes = job.attributes === "{}" ? "" : `,${job.attributes.slice(1, -1)}`;
  return (
    `{"id":"${job.id}","state":"${job.state}","max_attempts":${job.maxAttempts},` +
    `"enqueued_at":"${formatTimestamp(job.enqueuedAt)}"${attributes}}`
  );
}

/** Reads an answer about an enqueued job, whether or not the server knows about receipts. */
export function decodeEnqueued(wire: unknown, sent: SentJob): Job {
  if (!isReceipt(wire)) return decodeJob(wire);
  return plainJob(wire, sent) ?? decodeJob({ ...wire, ...wireOf(sent) });
}

/** Every job has a type; a receipt has none. */
function isReceipt(wire: unknown): wire is Members {
  return isMembers(wire) && typeof wire.id === "string" && wire.type === undefined && wire.job === undefined;
}

function wireOf({
  type,
  queue,
  priority,
  args,
  meta,
}: SentJob): Pick<Job, "type" | "queue" | "priority" | "args" | "meta"> {
  return { type, queue, priority, args: JSON.parse(args), meta: meta === "{}" ? {} : JSON.parse(meta) };
}

const RECEIPT_MEMBERS = 4;

/**
 * The job of a receipt that has nothing but the four members that all have, which is nearly every one, or a uniqueness
 * policy beside them: a tenth of the price of looking for all that a job may have.
 */
function plainJob(receipt: Members, sent: SentJob): Job | undefined {
  const { id, state, max_attempts: maxAttempts, enqueued_at: enqueuedAt } = receipt;
  if (typeof id !== "string" || typeof state !== "string" || typeof enqueuedAt !== "string") return undefined;
  const unique = decodeUnique(receipt.unique);
  const members = unique === undefined ? RECEIPT_MEMBERS : RECEIPT_MEMBERS + 1;
  if (!Number.isInteger(maxAttempts) || Object.keys(receipt).length !== members) return undefined;
  const { type, queue, priority, args, meta } = wireOf(sent);
  return {
    id,
    type,
    queue,
    state,
    args,
    meta,
    priority,
    attempt: 0,
    maxAttempts: Number(maxAttempts),
    tags: [],
    createdAt: enqueuedAt,
    enqueuedAt,
    errors: [],
    extensions: {},
    ...(unique === undefined ? {} : { unique }),
  };
}
