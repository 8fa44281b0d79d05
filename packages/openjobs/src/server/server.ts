/** The server: storage and engine behind one handler, with and without a port (design 1). */
import { setTimeout as delay } from "node:timers/promises";
import type { Transport } from "../client/transport.ts";
import { createEngine } from "../engine/engine.ts";
import type { Engine, EngineOptions } from "../engine/facade.ts";
import { createKeyCheck } from "./api-key.ts";
import { boundedBody } from "./body-limit.ts";
import { createBrowserGuard, isLoopback } from "./browser-guard.ts";
import { createDrain, type Drain } from "./drain.ts";
import type { ServerRequest, ServerResponse } from "./exchange.ts";
import { createHandler, type Door, type Handler, type Incoming } from "./handler.ts";
import { type Listener, openListener } from "./http/listener.ts";
import { createInProcessTransport } from "./in-process.ts";
import { createJobLog } from "./job-log.ts";
import { WsDoor } from "./live/ws-door.ts";
import { checkOptionNames } from "./option-names.ts";
import { readOptions, type ServerOptions, type Settings } from "./options.ts";
import { createRequestIds, type RequestIds } from "./request-id.ts";
import { createRequestLog } from "./request-log.ts";
import { createRouter } from "./router.ts";
import { allRoutes } from "./routes/all-routes.ts";
import { readStream } from "./stream-iterable.ts";
import { createWebhookSender } from "./webhooks/http-sender.ts";

/** Where a server listens. */
export interface Listening {
  /** Base URL for clients, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** An OJS server in this process. */
export interface OjsServer extends AsyncDisposable {
  /** Carries requests of a client or worker in the same process: no port, no API key. */
  readonly transport: Transport;
  /**
   * Opens the HTTP port; 0 picks a free one.
   *
   * @throws Error when the port cannot be had, when the host is beyond loopback and there is neither an API key nor
   * `insecure`, or when the server already listens.
   */
  listen(port?: number, host?: string): Promise<Listening>;
  /** Answers one request, as the port would: for other HTTP frameworks and for tests. Checks the API key. */
  handle(request: ServerRequest): Promise<ServerResponse>;
  /**
   * Stops accepting, answers waiting fetches with no jobs, tells readers of live events, finishes running requests for at most
   * `graceMs` (default 10,000), and closes the storage. Later calls wait for the first one.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

const DEFAULT_PORT = 8_080;
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_GRACE_MS = 10_000;

/** How long connections may take to end by themselves when a server closes. */
const LINGER_MS = 500;

/** Whoever calls `handle` is as far away as the network. */
const ANYWHERE: Door = { guarded: true, loopback: false, streams: true };

/**
 * Opens the storage and starts a server on it.
 *
 * @example
 * ```ts
 * await using server = await createServer({ storage: sqlite("jobs.db") });
 * const client = new OjsClient({ transport: server.transport }); // in this process
 * await server.listen(8080); // and for everybody else
 * ```
 *
 * @throws TypeError or RangeError for impossible options; the storage's own error when it cannot be opened.
 */
export async function createServer(options: ServerOptions): Promise<OjsServer> {
  return (await startServer(options)).server;
}

/** The same, for the test kit, which looks at the engine as well. Errors as for {@link createServer}. */
export async function startServer(
  options: ServerOptions,
): Promise<{ readonly server: OjsServer; readonly engine: Engine }> {
  checkOptionNames(options);
  const settings = readOptions(options);
  const engine = createEngine(engineOptions(options, settings));
  await engine.start();
  return { server: assemble(settings, engine), engine };
}

function engineOptions(options: ServerOptions, settings: Settings): EngineOptions {
  const { logger, jobLog, retention, live, webhooks } = settings;
  const { storage, clock, random, testHooks } = options;
  if (testHooks === true) logger.warn({}, "test hooks are enabled: this server is not for production");
  return {
    storage,
    retention,
    observer: createJobLog(logger, jobLog),
    webhooks: createWebhookSender(webhooks),
    live,
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
    ...(testHooks === undefined ? {} : { testHooks }),
    onError: (err, context) => logger.error({ err, context }, "background work failed"),
  };
}

function assemble(settings: Settings, engine: Engine): OjsServer {
  const drain = createDrain();
  const requestIds = createRequestIds(() => engine.now());
  const handler = trackedHandler(settings, engine, drain, requestIds);
  const webSockets = webSocketDoor(settings, engine, drain);
  let listener: Promise<Listener> | undefined;
  let closing: Promise<void> | undefined;

  async function listen(port = DEFAULT_PORT, host = DEFAULT_HOST): Promise<Listening> {
    if (listener !== undefined || closing !== undefined) throw new Error("The server listens already or is closed.");
    checkExposure(settings, host);
    const door = { guarded: true, loopback: isLoopback(host), streams: true };
    listener = openListener({ handler, door, limits: settings.http, drain, requestIds, webSockets }, port, host);
    listener.catch(() => {
      listener = undefined;
    });
    const bound = (await listener).port;
    return { url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`, host, port: bound };
  }

  async function shutDown(graceMs: number): Promise<void> {
    drain.begin();
    engine.announceEnd(graceMs);
    webSockets.announceEnd(graceMs);
    const open = await listener?.catch(() => undefined);
    const disconnected = open?.stop() ?? Promise.resolve();
    await within(graceMs, drain.idle());
    // They were told of everything that was still done.
    engine.endReaders();
    webSockets.close();
    // Nothing is owed any more: what is still connected reads slowly, has half a head, or says nothing at all.
    await within(Math.min(graceMs, LINGER_MS), disconnected);
    open?.cut();
    await disconnected;
    await engine.close();
  }

  function close({ graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    closing ??= shutDown(graceMs);
    return closing;
  }

  return {
    transport: createInProcessTransport(handler, settings.http.maxBodyBytes, () => closing !== undefined),
    listen,
    async handle(request) {
      const { stream, ...answer } = await handler(plainIncoming(request, settings), ANYWHERE);
      return stream === undefined ? answer : { ...answer, stream: readStream(stream, request.signal) };
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function trackedHandler(settings: Settings, engine: Engine, drain: Drain, requestIds: RequestIds): Handler {
  const { logger, storage, retention, labs, apiKey } = settings;
  const releaseFailed = (err: unknown): void => {
    logger.error({ err }, "leases of an answer that was not delivered could not be released");
  };
  const handler = createHandler({
    router: createRouter(
      allRoutes({
        engine,
        traits: storage.traits,
        retention,
        drain,
        labs,
        secured: apiKey !== undefined,
        releaseFailed,
      }),
    ),
    checkKey: createKeyCheck(settings.apiKey),
    guard: createBrowserGuard(settings.allowed),
    requestIds,
    log: createRequestLog(logger, () => performance.now()),
  });
  return (incoming, door) => drain.track(() => handler(incoming, door));
}

function webSocketDoor({ apiKey, allowed, clock, live }: Settings, engine: Engine, drain: Drain): WsDoor {
  return new WsDoor({
    engine,
    checkKey: createKeyCheck(apiKey),
    guard: createBrowserGuard(allowed),
    clock,
    isDraining: () => drain.draining,
    max: live.readers,
  });
}

function checkExposure({ apiKey, insecure }: Settings, host: string): void {
  if (apiKey !== undefined || insecure || isLoopback(host)) return;
  throw new Error(
    `Refusing to listen on ${host} without an API key: everybody who reaches it could run jobs. ` +
      "Set an API key (apiKey, --api-key), or say insecure (--insecure) if something else protects it.",
  );
}

function plainIncoming(request: ServerRequest, { http }: Settings): Incoming {
  const readBody = (): Promise<string | undefined> => boundedBody(request.body, http.maxBodyBytes);
  return { head: request, readBody, signal: request.signal };
}

/** Resolves with the promise, or after `ms` without it. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const settled = new AbortController();
  const late = delay(ms, undefined, { signal: settled.signal }).catch(() => undefined);
  await Promise.race([promise, late]);
  settled.abort();
}
