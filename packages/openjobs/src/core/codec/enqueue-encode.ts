/**
 * The body of an enqueue request (ojs-http-binding §9.1, §9.2).
 */
import { OjsError, OjsValidationError } from "../errors.ts";
import type { JsonText } from "../job.ts";
import { findUnserialisable, stringifyJson } from "../json.ts";
import { DEFAULTS } from "../limits.ts";
import type { EnqueueOptions, JobInput } from "./enqueue-options.ts";
import { encodeOptions, encodePriority, refusedOption } from "./enqueue-options-encode.ts";
import type { SentJob } from "./job-receipt.ts";

/** A job as its producer describes it, with the id it is going to have. */
export interface EnqueueRequest extends JobInput {
  readonly id: string;
}

/** A job in the words of the wire, and what its sender needs to know when the answer is a receipt. */
export interface EncodedJob extends SentJob {
  readonly id: string;
  /** The whole request. */
  readonly body: JsonText;
}

/**
 * Writes the request body.
 *
 * @param now Unix milliseconds; `delay` counts from here.
 * @throws OjsValidationError for what cannot travel as JSON (with its path) and for options that make no sense.
 */
export function encodeEnqueue({ id, type, args, options }: EnqueueRequest, now: number): EncodedJob {
  const typeText = encodeType(type);
  const argsText = encodeArgs(args);
  const metaText = encodeMeta(options?.meta);
  return {
    id,
    type,
    queue: options?.queue ?? DEFAULTS.queue,
    // JSON has no negative zero.
    priority: (encodePriority(options?.priority) ?? DEFAULTS.priority) + 0,
    args: argsText,
    meta: metaText,
    body: `{"id":${stringifyJson(id)},"type":${typeText},"args":${argsText}${metaMember(metaText)}${restOf(options, now)}}`,
  };
}

/**
 * The members of a job whose turn comes later: a step of a workflow, what a cron job enqueues. Errors as for
 * {@link encodeEnqueue}.
 */
export function templateMembers({ type, args, options }: JobInput): string {
  return `"type":${encodeType(type)},"args":${encodeArgs(args)}${metaMember(encodeMeta(options?.meta))}${restOf(options, null)}`;
}

/** The same of a part of it, for changes: only what is given. */
export function changedMembers({ type, args, options }: Partial<JobInput>): string {
  const members = [
    type === undefined ? "" : `,"type":${encodeType(type)}`,
    args === undefined ? "" : `,"args":${encodeArgs(args)}`,
    options?.meta === undefined ? "" : `,"meta":${encodeMeta(options.meta)}`,
    restOf(options, null),
  ];
  return members.join("").slice(1);
}

/** Writes the jobs of a batch; see {@link encodeEnqueue}. The fields of its errors begin with `jobs[…]`. */
export function encodeEnqueueBatch(requests: readonly EnqueueRequest[], now: number): readonly EncodedJob[] {
  return requests.map((request, index) => at(`jobs[${index}]`, () => encodeEnqueue(request, now)));
}

/** Does something at a place of a larger request, which its errors then name. */
export function at<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof OjsError ? placed(error, place) : error;
  }
}

/** The body of a request for several jobs. */
export function bodyOfJobs(jobs: readonly EncodedJob[]): JsonText {
  return `{"jobs":[${jobs.map(({ body }) => body).join(",")}]}`;
}

function encodeType(type: string): JsonText {
  if (typeof type === "string" && type !== "") return stringifyJson(type);
  throw refusedOption("type", "A job needs a type, such as 'email.send'.");
}

/** Arguments travel as an array; an object or a scalar becomes its only element. */
export function encodeArgs(args: unknown): JsonText {
  if (args === undefined) return "[]";
  return encoded(Array.isArray(args) ? args : [args], "args");
}

function encodeMeta(meta: EnqueueOptions["meta"]): JsonText {
  return meta === undefined ? "{}" : encoded(meta, "meta");
}

function metaMember(meta: JsonText): string {
  return meta === "{}" ? "" : `,"meta":${meta}`;
}

/** What is left of the options, as a continuation of an object. */
function restOf(options: EnqueueOptions | undefined, now: number | null): string {
  if (options === undefined) return "";
  const encodedOptions = encodeOptions(options, now);
  const { schema } = options;
  const own = schema === undefined ? "" : `,"schema":${stringifyJson(schema)}`;
  return encodedOptions === "" ? own : `${own},"options":{${encodedOptions}}`;
}

function encoded(value: unknown, field: string): JsonText {
  const fault = findUnserialisable(value);
  if (fault === undefined) return stringifyJson(value);
  const path = `${field}${fault.path === "" || fault.path.startsWith("[") ? "" : "."}${fault.path}`;
  throw refusedOption(path, `${path} cannot be sent: ${fault.reason}.`);
}

function placed(error: OjsError, place: string): OjsError {
  const { details, hint, code } = error;
  return new OjsValidationError(code, `${place}: ${error.message}`, {
    details: { ...details, field: `${place}.${String(details?.field)}` },
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
