/** Turns whatever a handler threw into the error object of a nack (ojs-core §8, ojs-retry §7.3). */
import { OjsError } from "../core/errors.ts";
import { DeadLetterError, DiscardError } from "./outcome-errors.ts";

/** The `error` of a nack, as it travels. */
export interface FailureReport {
  readonly type: string;
  /** `handler_error`, or a handler response code such as `DISCARD`. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly backtrace?: readonly string[];
}

/** ojs-core §8.1 recommends these bounds; a failing job must not fill the store with its stack. */
const MAX_FRAMES = 50;
const MAX_BACKTRACE_CHARS = 10_000;
const MAX_MESSAGE_CHARS = 2_000;

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
  return code === "DISCARD" || code === "DEAD_LETTER";
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
  const base = { ...baseOf(error), ...(backtrace.length > 0 ? { backtrace } : {}) };
  if (error instanceof DiscardError || error instanceof DeadLetterError) {
    return { ...base, type: error.type ?? base.type, code: error.code, retryable: false };
  }
  return base;
}

function baseOf(error: Error): FailureReport {
  const type = error.name === "" ? "Error" : error.name;
  const message = error.message === "" ? `${type} without a message` : error.message;
  return report(type, message, { retryable: !isMarkedFinal(error) });
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
