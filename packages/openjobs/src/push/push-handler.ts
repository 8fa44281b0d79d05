/** A worker without a process: a function from a request to a response, for wherever requests come (ojs-serverless §2). */
import type { Logger } from "../client/logger.ts";
import type { Clock } from "../core/clock.ts";
import { encodeError } from "../core/codec/error.ts";
import type { JobDefinition, JobDescription } from "../core/definition/define-job.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import type { JobArgs } from "../core/job-args.ts";
import { LIMITS } from "../core/limits.ts";
import { wrapHandler } from "../middleware/execute-chain.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { checkedHandler } from "../worker/checked-handler.ts";
import type { WorkerConnectionOptions } from "../worker/connect.ts";
import { createErrorReporter, type ErrorReporting } from "../worker/error-reporter.ts";
import { steadyClock } from "../worker/steady-clock.ts";
import { consoleOfHandlers, harmless } from "../worker/worker-logger.ts";
import { readBytes } from "./body.ts";
import { DeliveryMemory, type PushAnswer } from "./delivery-memory.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import { type ExecutionDeps, runPushed } from "./push-execution.ts";
import { readDelivery } from "./push-request.ts";
import { type CheckSignature, createSignatureCheck, type SignatureTerms } from "./signature.ts";
import { noWay, type WayToServer, wayTo } from "./way-to-server.ts";

/** What a push handler goes by. */
export interface PushHandlerOptions extends Omit<SignatureTerms, "clock">, ErrorReporting {
  /** Handlers by job type; for defined types there is `register`. */
  readonly handlers?: Readonly<Record<string, JobHandler>>;
  /** Around every handler, outermost first, as on a worker. */
  readonly middleware?: readonly Middleware[];
  /** Longest body that is read, in bytes. Default 4 MiB: a job, and what steps and attempts before it have left. */
  readonly maxBytes?: number;
  /** So many deliveries are remembered with their answers (8 MiB at most), each instance its own. Default 1,000. */
  readonly remember?: number;
  /** Shared by all instances, so that a delivery which is sent to two of them is done by one. */
  readonly store?: DeliveryStore;
  /**
   * How the function reaches the server: then jobs have progress, steps, checkpoints, and a `heartbeat` that notices that they were cancelled.
   * Their outcomes are told by the answer all the same. Default: it does not.
   */
  readonly server?: WorkerConnectionOptions;
  /** Where `job.log` writes. Default: `info` and above go to `console`. */
  readonly logger?: Logger;
  /** For tests. */
  readonly clock?: Clock;
}

/** Answers the calls of a server; see {@link createPushHandler}. */
export interface PushHandler {
  (request: Request): Promise<Response>;
  /** Registers the handler of a defined type, whose schemas are checked. */
  register<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    handler: JobHandler<NoInfer<Args>, NoInfer<Returned>>,
  ): PushHandler;
  /** Registers the handler of a type; a second registration replaces the first. */
  register<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    type: string,
    handler: JobHandler<Args, Result>,
  ): PushHandler;
}

const MEMORY_BYTES = 8_388_608;
const DEFAULT_REMEMBER = 1_000;
/** For how long a store remembers when the server does not say. */
const DEFAULT_KEEP_SECONDS = 3_600;

/**
 * Makes a function that a server can call with jobs (docs/guides/push-delivery.md). It checks the signature over the bytes of the body and
 * its time, does each delivery once, runs the handler with the context that a worker would give it, and answers with the
 * outcome. It runs wherever there is `fetch`: Node, Bun, Deno, Cloudflare Workers, and behind any framework.
 *
 * The signal of a job is aborted when the server ends the call, and a moment before it would: `timeout` of the job, or what
 * the server says in `X-OJS-Timeout-Ms`. Progress, steps and checkpoints are not there: they need a worker.
 *
 * @throws OjsValidationError when there is no secret, or an option cannot work. What is wrong with a request is answered.
 * @example
 * export const POST = createPushHandler({
 *   secrets: process.env.OJS_PUSH_SECRET ?? "",
 *   handlers: { "email.send": async (job) => ({ messageId: await deliver(job.arg("to"), { signal: job.signal }) }) },
 * });
 */
export function createPushHandler(options: PushHandlerOptions): PushHandler {
  const registry = new Registry(options.middleware ?? []);
  for (const [type, handler] of Object.entries(options.handlers ?? {})) registry.add(type, handler);
  const function_ = new PushFunction(options, registry);
  const handle = (request: Request): Promise<Response> => function_.handle(request);
  const register = (what: string | JobDescription, handler: unknown): PushHandler => {
    registry.add(what, handler);
    return made;
  };
  const made: PushHandler = Object.assign(handle, { register });
  return made;
}

/** Handlers with the middleware around them. */
class Registry {
  readonly #middleware: readonly Middleware[];
  readonly #handlers = new Map<string, JobHandler>();

  constructor(middleware: readonly Middleware[]) {
    this.#middleware = middleware;
  }

  add(what: string | JobDescription, handler: unknown): void {
    const type = typeof what === "string" ? what : what.type;
    if (typeof handler !== "function") throw noFunction(type);
    // The type of the arguments is the caller's promise about its producers, as on a worker.
    const given = handler as JobHandler;
    const own = typeof what === "string" ? given : checkedHandler(what, given);
    this.#handlers.set(type, wrapHandler(own, this.#middleware));
  }

  readonly find = (type: string): JobHandler | undefined => this.#handlers.get(type);
}

/** One function: what it has seen, and how it answers. */
class PushFunction {
  readonly #check: CheckSignature;
  readonly #maxBytes: number;
  readonly #memory: DeliveryMemory;
  readonly #store: DeliveryStore | undefined;
  readonly #logger: Logger;
  readonly #execution: ExecutionDeps;

  constructor(options: PushHandlerOptions, registry: Registry) {
    const { clock, logger = consoleOfHandlers } = options;
    this.#check = createSignatureCheck({ ...options, clock: clock ?? { now: Date.now } });
    this.#maxBytes = options.maxBytes ?? 4 * LIMITS.jobBytes;
    this.#memory = new DeliveryMemory({ deliveries: options.remember ?? DEFAULT_REMEMBER, bytes: MEMORY_BYTES });
    this.#store = options.store;
    this.#logger = harmless(logger);
    const reportFailure = createErrorReporter(options, this.#logger);
    const way = this.#wayTo(options.server, clock ?? steadyClock);
    this.#execution = {
      clock: clock ?? steadyClock,
      logger: this.#logger,
      handlerOf: registry.find,
      reportFailure,
      way,
    };
  }

  #wayTo(server: WorkerConnectionOptions | undefined, clock: Clock): WayToServer {
    if (server !== undefined) return wayTo(server, clock);
    let isTold = false;
    return noWay(() => {
      if (!isTold) this.#logger.warn("progress of pushed jobs goes nowhere: createPushHandler was given no `server`");
      isTold = true;
    });
  }

  async handle(request: Request): Promise<Response> {
    try {
      if (request.method !== "POST") throw onlyPost(request.method);
      const body = await readBytes(request, this.#maxBytes);
      await this.#check(request.headers, body);
      return await this.#deliver(request, body);
    } catch (error) {
      return this.#errorResponse(error);
    }
  }

  async #deliver(request: Request, body: Uint8Array): Promise<Response> {
    const { deliveryId, job, workerId } = readDelivery(body);
    const earlier = this.#memory.find(deliveryId);
    if (earlier !== undefined) return responseOf(await earlier, { "x-ojs-replayed": "true" });
    const patienceMs = wholeNumber(request.headers.get("x-ojs-timeout-ms"));
    const run = () => runPushed({ job, workerId, patienceMs, signal: request.signal }, this.#execution);
    const answer = this.#once(deliveryId, request, run);
    this.#memory.add(deliveryId, answer);
    return responseOf(await answer);
  }

  async #once(deliveryId: string, { headers }: Request, run: () => Promise<PushAnswer>): Promise<PushAnswer> {
    if (this.#store === undefined) return run();
    const keepSeconds = wholeNumber(headers.get("x-ojs-idempotency-window")) ?? DEFAULT_KEEP_SECONDS;
    if (await this.#store.add(deliveryId, keepSeconds)) return run();
    throw seenElsewhere(deliveryId);
  }

  #errorResponse(error: unknown): Response {
    const known = error instanceof OjsError && error.status >= 400;
    if (!known) this.#logger.error("a push delivery could not be handled", { error });
    const told = known
      ? error
      : ojsError("internal_error", "The push handler failed.", { hint: "Its log has the reason." });
    const headers: Record<string, string> = told.status === 405 ? { allow: "POST" } : {};
    return responseOf({ status: told.status, body: encodeError(told) }, headers);
  }
}

function responseOf({ status, body }: PushAnswer, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

function wholeNumber(header: string | null): number | undefined {
  return header !== null && /^[1-9]\d{0,8}$/.test(header) ? Number(header) : undefined;
}

/** A server that is told 409 would end the job for good, and the other instance may yet fail. */
function seenElsewhere(deliveryId: string): Error {
  return ojsError("backend_error", `Delivery ${deliveryId} was seen before, by another instance.`, {
    details: { delivery_id: deliveryId, reason: "replayed" },
    hint: "Nothing is to be done: the job is called again under another delivery id if it has to be.",
  });
}

function onlyPost(method: string): Error {
  return ojsError("method_not_allowed", `A push endpoint is called by POST, not by ${method}.`, {
    details: { allowed: ["POST"] },
    hint: "Register this URL with POST /ojs/v1/push/endpoints, and let the server call it.",
  });
}

function noFunction(type: string): Error {
  return ojsError("invalid_request", `The handler of "${type}" is no function.`, {
    details: { field: `handlers.${type}` },
  });
}
