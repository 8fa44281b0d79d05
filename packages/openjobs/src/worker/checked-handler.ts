/** The handler of a defined type: between what travelled and what was promised stand the schemas of the definition. */
import { type Reading, readArgs, readValue } from "../core/definition/args-schema.ts";
import type { JobDescription } from "../core/definition/define-job.ts";
import { type SchemaIssue, sumUp } from "../core/definition/schema-issues.ts";
import { type Eventually, whenKnown } from "../core/definition/standard-schema.ts";
import { argOf } from "../middleware/argument.ts";
import type { JobContext, JobHandler } from "../middleware/job-context.ts";
import { OutcomeError } from "./outcome-errors.ts";

/**
 * The handler itself when nothing is to be checked. Otherwise one that gets its arguments as their schema makes them, and
 * whose result is what its schema makes of it. What does not fit fails the job for good: it would not fit the next time.
 */
export function checkedHandler({ argsSchema, resultSchema }: JobDescription, handler: JobHandler): JobHandler {
  if (argsSchema === undefined && resultSchema === undefined) return handler;
  const contextOf = (job: JobContext): Eventually<JobContext> =>
    argsSchema === undefined
      ? job
      : whenKnown(readArgs(argsSchema, job.args), (reading) => withArgs(job, accepted(reading, "invalid_payload")));
  const resultOf = (value: unknown): unknown =>
    resultSchema === undefined
      ? value
      : whenKnown(readValue(resultSchema, value, "result"), (reading) => accepted(reading, "result_rejected"));
  return (job) => whenKnown(contextOf(job), (checked) => whenKnown(handler(checked), resultOf));
}

/** What travelled stays in `job`. Not a copy: what a context can do is behind accessors, which a copy would lose. */
function withArgs(job: JobContext, args: readonly unknown[]): JobContext {
  const changed: JobContext = Object.create(job, {
    args: { value: args, enumerable: true },
    arg: { value: (name: string) => argOf(args, name) },
  });
  return changed;
}

type RefusalCode = "invalid_payload" | "result_rejected";

const REFUSED = { invalid_payload: "arguments do", result_rejected: "result does" } as const;

/** Ends the job without another attempt; whether it is kept as a dead letter is up to its policy. */
class SchemaRefusal extends OutcomeError {
  override readonly name = "SchemaRefusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, issues: readonly SchemaIssue[]) {
    super(`the job's ${REFUSED[code]} not fit the schema of its type: ${sumUp(issues)}`, {
      type: code,
      details: { issues },
    });
    this.code = code;
    // Where the worker noticed it helps nobody.
    this.stack = "";
  }
}

function accepted<T>(reading: Reading<T>, code: RefusalCode): T {
  if (reading.fits) return reading.value;
  throw new SchemaRefusal(code, reading.issues);
}
