/** Middleware around a handler, each around the next (ojs-middleware §4.2). */
import { argOf } from "./argument.ts";
import type { JobContext, JobHandler } from "./job-context.ts";
import type { ExecutionChanges, Middleware } from "./middleware.ts";
import { MiddlewareError } from "./middleware-error.ts";

/** The handler with the middleware around it; the handler itself when there is none. */
export function wrapHandler(handler: JobHandler, chain: readonly Middleware[]): JobHandler {
  return chain.reduceRight<JobHandler>(
    (inner, one) => (one.execute === undefined ? inner : around(inner, one)),
    handler,
  );
}

function around(inner: JobHandler, middleware: Middleware): JobHandler {
  return async (job) => {
    let result: unknown;
    let called = false;
    const next = async (changes?: ExecutionChanges): Promise<unknown> => {
      if (called) throw new MiddlewareError(`The middleware "${middleware.name}" called next() twice for one job.`);
      called = true;
      result = await inner(changes === undefined ? job : withChanges(job, changes));
      return result;
    };
    const given = await middleware.execute?.(job, next);
    // A forgotten `return` must not lose the result of a job.
    return given === undefined ? result : given;
  };
}

function withChanges(context: JobContext, changes: ExecutionChanges): JobContext {
  const { args = context.args, meta = context.meta, parentResults = context.parentResults } = changes;
  const job = { ...context.job, args, meta, parentResults };
  // Not a copy: what a context can do is behind accessors, which a copy would lose or read too early.
  const changed: JobContext = Object.create(context, {
    args: { value: args, enumerable: true },
    meta: { value: meta, enumerable: true },
    parentResults: { value: parentResults, enumerable: true },
    job: { value: job, enumerable: true },
    ...toolsOf(changes),
    arg: { value: (name: string) => argOf(args, name) },
  });
  return changed;
}

const TOOLS = ["signal", "resumeFrom", "step", "checkpoint", "progress"] as const;

/** What is changed beside the parts of the job. */
function toolsOf(changes: ExecutionChanges): PropertyDescriptorMap {
  const own: PropertyDescriptorMap = {};
  for (const name of TOOLS) if (changes[name] !== undefined) own[name] = { value: changes[name], enumerable: true };
  return own;
}
