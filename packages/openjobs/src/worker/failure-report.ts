/** Turns whatever a handler threw into the error object of a nack (ojs-core §8, ojs-retry §7.3). */
import { OjsError } from "../core/errors.ts";
import { FAILURE_ACTIONS } from "../core/failure.ts";
import { causesOf, classOf, codeOf } from "./error-causes.ts";
import { OutcomeError } from "./outcome-errors.ts";

/** What the server is told of a failed attempt. */
export interface FailureReport {
  /** Class of the error, or the type that the handler gave it; what `nonRetryableErrors` is matched against. */
  readonly type: string;
  /** The error's own `code` if it is a text, else `handler_error`; of an outcome error its response code, such as `DISCARD`. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** What the handler gave its error, and as `causes` the errors behind it. JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Frames of the error's stack, innermost first. */
  readonly backtrace?: readonly string[];
  /** Delay before the next attempt that the handler asked for, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** ojs-core §8.1 recommends these bounds; a failing job must not fill the store with its stack. */
const MAX_FRAMES = 50;
const MAX_BACKTRACE_CHARS = 10_000;
const MAX_MESSAGE_CHARS = 2_000;

const RESPONSE_CODES: ReadonlySet<string> = new Set(FAILURE_ACTIONS);

/** Describes a thrown value; never throws itself, not even for hostile getters. */
export function reportFailure(thrown: unknown): FailureReport {
  try {
    return thrown instanceof Error ? reportError(thrown) : reportValue(thrown);
  } catch {
    return report("UnreadableError", "the handler threw a value that could not be read");
  }
}

/** Whether the handler has decided by itself what becomes of the job (ojs-retry §7). */
export function isVerdict({ code }: FailureReport): boolean {
  return RESPONSE_CODES.has(code);
}

/** A failure that the worker itself diagnosed. */
export function report(
  type: string,
  message: string,
  options: { readonly code?: string; readonly retryable?: boolean } = {},
): FailureReport {
  return {
    type,
    code: options.code ?? "handler_error",
    message: message.slice(0, MAX_MESSAGE_CHARS),
    retryable: options.retryable ?? true,
  };
}

function reportError(error: Error): FailureReport {
  const backtrace = framesOf(error);
  const details = detailsOf(error);
  const base: FailureReport = {
    ...baseOf(error),
    ...(details === undefined ? {} : { details }),
    ...(backtrace.length > 0 ? { backtrace } : {}),
  };
  if (!(error instanceof OutcomeError)) return base;
  const { type = base.type, code, retryAfterMs } = error;
  const retryable = code === "RETRY" || code === "SNOOZE";
  return { ...base, type, code, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function baseOf(error: Error): FailureReport {
  const type = classOf(error);
  const code = codeOf(error);
  const message = error.message === "" ? `${type} without a message` : error.message;
  // Only our own errors order the server about: to others, `FAIL` is a word like any other.
  const said = code === undefined || RESPONSE_CODES.has(code) ? {} : { code };
  return report(type, message, { ...said, retryable: !isMarkedFinal(error) });
}

/** Undefined when there is nothing to tell beyond the error itself. */
function detailsOf(error: Error): FailureReport["details"] {
  const given = error instanceof OutcomeError ? error.details : undefined;
  const causes = causesOf(error);
  if (given === undefined && causes.length === 0) return undefined;
  const behind = causes.length > 0 ? { causes } : {};
  return isJson(given) ? { ...given, ...behind } : { unreadable: true, ...behind };
}

/** What JSON cannot write would fail the whole report. */
function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** Our own errors speak of a request, not of the job that made it: the next attempt may find another world. */
function isMarkedFinal(error: Error): boolean {
  return !(error instanceof OjsError) && "retryable" in error && error.retryable === false;
}

function reportValue(value: unknown): FailureReport {
  return report("NonError", `the handler threw ${describe(value)} instead of an Error`);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? describeObject(value) : String(value);
}

function describeObject(value: object): string {
  try {
    return JSON.stringify(value) ?? "an object";
  } catch {
    return "an object"; // a circle, for one
  }
}

function framesOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").map((line) => line.trim());
  const frames: string[] = [];
  let chars = 0;
  for (const line of lines) {
    if (!line.startsWith("at ")) continue;
    chars += line.length;
    if (frames.length === MAX_FRAMES || chars > MAX_BACKTRACE_CHARS) break;
    frames.push(line);
  }
  return frames;
}
