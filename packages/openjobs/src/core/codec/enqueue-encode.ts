/**
 * The body of an enqueue request (ojs-http-binding §9.1, §9.2).
 */
import { OjsError, OjsValidationError } from "../errors.ts";
import type { JsonText } from "../job.ts";
import { findUnserialisable, stringifyJson } from "../json.ts";
import type { JobInput } from "./enqueue-options.ts";
import { encodeOptions, refusedOption } from "./enqueue-options-encode.ts";

/** A job as its producer describes it, with the id it is going to have. */
export interface EnqueueRequest extends JobInput {
  readonly id: string;
}

/**
 * Writes the request body.
 *
 * @param now Unix milliseconds; `delay` counts from here.
 * @throws OjsValidationError for what cannot travel as JSON (with its path) and for options that make no sense.
 */
export function encodeEnqueue({ id, type, args, options = {} }: EnqueueRequest, now: number): JsonText {
  if (typeof type !== "string" || type === "") {
    throw refusedOption("type", "A job needs a type, such as 'email.send'.");
  }
  const { meta, schema } = options;
  return stringifyJson({
    id,
    type,
    args: checked(args === undefined ? [] : listOf(args), "args"),
    meta: meta === undefined ? undefined : checked(meta, "meta"),
    schema,
    options: encodeOptions(options, now),
  });
}

/** Writes the body of a batch; see {@link encodeEnqueue}. The fields of its errors begin with `jobs[…]`. */
export function encodeEnqueueBatch(requests: readonly EnqueueRequest[], now: number): JsonText {
  const jobs = requests.map((request, index) => {
    try {
      return encodeEnqueue(request, now);
    } catch (error) {
      throw error instanceof OjsError ? placed(error, `jobs[${index}]`) : error;
    }
  });
  return `{"jobs":[${jobs.join(",")}]}`;
}

/** Arguments travel as an array; an object or a scalar becomes its only element. */
function listOf(args: unknown): unknown {
  return Array.isArray(args) ? args : [args];
}

function checked<T>(value: T, field: string): T {
  const fault = findUnserialisable(value);
  if (fault === undefined) return value;
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
