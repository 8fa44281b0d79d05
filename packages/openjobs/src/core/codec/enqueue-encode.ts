/**
 * The body of an enqueue request (ojs-http-binding §9.1, §9.2).
 */
import { OjsError, OjsValidationError } from "../errors.ts";
import type { JsonText } from "../job.ts";
import { findUnserialisable, stringifyJson } from "../json.ts";
import { DEFAULTS } from "../limits.ts";
import type { JobInput } from "./enqueue-options.ts";
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
  if (typeof type !== "string" || type === "") {
    throw refusedOption("type", "A job needs a type, such as 'email.send'.");
  }
  const argsText = args === undefined ? "[]" : encoded(listOf(args), "args");
  const metaText = options?.meta === undefined ? "{}" : encoded(options.meta, "meta");
  const meta = metaText === "{}" ? "" : `,"meta":${metaText}`;
  const rest =
    options === undefined ? "{}" : stringifyJson({ schema: options.schema, options: encodeOptions(options, now) });
  return {
    id,
    type,
    queue: options?.queue ?? DEFAULTS.queue,
    // JSON has no negative zero.
    priority: (encodePriority(options?.priority) ?? DEFAULTS.priority) + 0,
    args: argsText,
    meta: metaText,
    body: `{"id":${stringifyJson(id)},"type":${stringifyJson(type)},"args":${argsText}${meta}${continued(rest)}}`,
  };
}

/** Writes the jobs of a batch; see {@link encodeEnqueue}. The fields of its errors begin with `jobs[…]`. */
export function encodeEnqueueBatch(requests: readonly EnqueueRequest[], now: number): readonly EncodedJob[] {
  return requests.map((request, index) => {
    try {
      return encodeEnqueue(request, now);
    } catch (error) {
      throw error instanceof OjsError ? placed(error, `jobs[${index}]`) : error;
    }
  });
}

/** The body of a request for several jobs. */
export function bodyOfJobs(jobs: readonly EncodedJob[]): JsonText {
  return `{"jobs":[${jobs.map(({ body }) => body).join(",")}]}`;
}

/** Arguments travel as an array; an object or a scalar becomes its only element. */
function listOf(args: unknown): unknown {
  return Array.isArray(args) ? args : [args];
}

/** The members of an object, as a continuation of another object's. */
function continued(object: JsonText): string {
  return object === "{}" ? "" : `,${object.slice(1, -1)}`;
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
