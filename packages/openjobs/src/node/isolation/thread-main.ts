/** What runs in a thread: one job at a time, by the default export of the module that it names. */
import { parentPort } from "node:worker_threads";
import type { JobHandler } from "../../middleware/job-context.ts";
import type { FromThread, SentContext, SentOutcome, ToThread } from "./messages.ts";
import { receiveReason, sendError } from "./sent-error.ts";
import { createThreadContext, outcomeOf, type ThreadContext } from "./thread-context.ts";

let controller = new AbortController();
let running: ThreadContext | undefined;

parentPort?.on("message", (message: ToThread) => {
  if (message.kind === "run") void run(message.module, message.context);
  else if (message.kind === "abort") controller.abort(receiveReason(message.cause, message.reason));
  else if (message.kind === "answer") running?.answer(message.call, message.outcome);
  else void running?.work(message.call);
});

async function run(module: string, sent: SentContext): Promise<void> {
  controller = new AbortController();
  const own = createThreadContext(sent, controller.signal, post);
  running = own;
  const outcome = await outcomeOf(async () => (await handlerOf(module))(own.context));
  running = undefined;
  end(outcome);
}

/** A result that cannot be cloned could not be stored either. */
function end(outcome: SentOutcome): void {
  try {
    post({ kind: "ended", outcome });
  } catch (error) {
    post({ kind: "ended", outcome: { error: sendError(error) } });
  }
}

async function handlerOf(module: string): Promise<JobHandler> {
  const { default: handler }: { readonly default?: unknown } = await import(module);
  if (typeof handler === "function") return handler as JobHandler;
  throw new TypeError(`${module} has no function as its default export, which would be the handler.`);
}

function post(message: FromThread): void {
  parentPort?.postMessage(message);
}
