/** Handlers as a running worker calls them: checked, timed, and with the middleware around them. */
import { wrapHandler } from "../middleware/execute-chain.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { checkedHandler } from "./checked-handler.ts";
import type { Handlers } from "./handlers.ts";
import type { Quotas } from "./quotas.ts";

/** What is put around a handler. */
export interface HandlerSurroundings {
  readonly chain: readonly Middleware[];
  /** Learns of the types that have a limit. */
  readonly quotas: Pick<Quotas, "limitType">;
  /** Measures how long a handler keeps the thread. */
  readonly timed: (handler: JobHandler) => JobHandler;
}

/** Finds the handler of a type, also of one that is registered later. All of it is done once for each: a job costs a look. */
export function runnableHandlers(
  handlers: Handlers,
  { chain, quotas, timed }: HandlerSurroundings,
): (type: string) => JobHandler | undefined {
  const runnable = new Map<string, JobHandler>();
  handlers.follow(({ type, definition, handler, concurrency }) => {
    const own = definition === undefined ? handler : checkedHandler(definition, handler);
    quotas.limitType(type, concurrency);
    runnable.set(type, wrapHandler(timed(own), chain));
  });
  return (type) => runnable.get(type);
}
