/** The worker's calls over HTTP, or over whatever its transport is. */
import { manifestCall } from "../client/calls/system.ts";
import { fromEnvironment } from "../client/environment.ts";
import type { Logger } from "../client/logger.ts";
import { formatTimestamp } from "../core/time.ts";
import { checkpointCall, progressCall } from "./companion-calls.ts";
import type { WorkerConnection } from "./connect.ts";
import { exchangeCall } from "./exchange-call.ts";
import { hostProcess } from "./host-process.ts";
import type { WorkerProtocol } from "./protocol.ts";
import { ackCall, fetchCall, heartbeatCall, nackCall } from "./worker-calls.ts";
import type { WorkerSettings } from "./worker-options.ts";

/** How long a fetch waits that leaves full queues out: by then one of them may have room. */
const PARTIAL_WAIT_MS = 1_000;

/** Each call once; who makes it decides about the next one. */
export function protocolOver(
  { requester, workerId, timeoutMs, clock }: WorkerConnection,
  settings: WorkerSettings,
  logger: Logger,
): WorkerProtocol {
  const { visibilityMs, fetchWaitMs } = settings;
  const facts = factsOf(settings, clock.now());
  const skipped = (error: unknown): void =>
    logger.error("a fetched job cannot be read; it is left to its lease's end", { error });
  return {
    fetch: (wanted, request) => {
      const waitMs = wanted.isPartial ? Math.min(fetchWaitMs, PARTIAL_WAIT_MS) : fetchWaitMs;
      const call = fetchCall(wanted, { workerId, visibilityMs, waitMs }, skipped);
      return requester.run(call, { timeout: waitMs + timeoutMs, ...request });
    },
    ack: (lease, result, request) => requester.run(ackCall(workerId, lease, result), request),
    nack: (lease, error, requeue, request) => requester.run(nackCall(workerId, lease, error, requeue), request),
    exchange: (outcomes, wanted, request) =>
      requester.run(exchangeCall(outcomes, wanted, { workerId, visibilityMs }, skipped), request),
    extensions: async (request) => (await requester.run(manifestCall(), request)).extensions,
    progress: (lease, report, request) => requester.run(progressCall(workerId, lease, report), request),
    checkpoint: (lease, state, request) => requester.run(checkpointCall(workerId, lease, state), request),
    heartbeat: (call, request) => requester.run(heartbeatCall(workerId, facts, call), request),
  };
}

/** What the server's list of workers shows (ojs-worker-protocol §4.2); undefined members do not travel. */
function factsOf({ queues, concurrency, labels }: WorkerSettings, now: number): Readonly<Record<string, unknown>> {
  return {
    queues,
    concurrency,
    labels,
    pid: hostProcess()?.pid,
    hostname: fromEnvironment("HOSTNAME", "COMPUTERNAME"),
    started_at: formatTimestamp(now),
  };
}
