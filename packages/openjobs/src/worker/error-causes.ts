/** What is behind an error: its class, its code, and the errors that caused it. */

/** One of the errors behind another one, as it travels. */
export interface ErrorCause {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
}

/** Who looks for the reason finds it within these; a chain can be a circle. */
const MAX_CAUSES = 5;
const MAX_MESSAGE_CHARS = 500;
const MAX_CODE_CHARS = 255;

/** The name of an error, or that of its class when it has none of its own. */
export function classOf(error: Error): string {
  const { name } = error;
  return name === "Error" || name === "" ? error.constructor.name || "Error" : name;
}

/** The machine-readable code that many errors have, such as `ECONNREFUSED`; those of the DOM are numbers and say nothing. */
export function codeOf(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && code !== "" ? code.slice(0, MAX_CODE_CHARS) : undefined;
}

/** The errors behind one, nearest first: its `cause`, that one's, and so on; of an `AggregateError` those that it gathers. */
export function causesOf(error: Error): readonly ErrorCause[] {
  const causes: ErrorCause[] = [];
  const seen = new Set<unknown>([error]);
  const queue = behind(error);
  for (const cause of queue) {
    if (causes.length === MAX_CAUSES) break;
    if (seen.has(cause)) continue;
    seen.add(cause);
    causes.push(describe(cause));
    if (cause instanceof Error) queue.push(...behind(cause));
  }
  return causes;
}

function behind(error: Error): unknown[] {
  const gathered: unknown = "errors" in error ? error.errors : undefined;
  const { cause } = error;
  return [...(cause === undefined ? [] : [cause]), ...(Array.isArray(gathered) ? gathered.slice(0, MAX_CAUSES) : [])];
}

function describe(cause: unknown): ErrorCause {
  if (!(cause instanceof Error)) return { type: "NonError", message: String(cause).slice(0, MAX_MESSAGE_CHARS) };
  const code = codeOf(cause);
  return {
    type: classOf(cause),
    ...(code === undefined ? {} : { code }),
    message: cause.message.slice(0, MAX_MESSAGE_CHARS),
  };
}
