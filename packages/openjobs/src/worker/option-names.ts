/** What an `OjsWorker` can be told, by name: whatever else it is told would be passed over without a word. */
import { refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { WorkerConnectionOptions } from "./connect.ts";
import type { WorkerBehaviour } from "./worker-options.ts";

const OPTION_NAMES: Readonly<Record<keyof WorkerBehaviour | keyof WorkerConnectionOptions, 1>> = {
  url: 1,
  transport: 1,
  apiKey: 1,
  headers: 1,
  requestTimeout: 1,
  queues: 1,
  concurrency: 1,
  prefetch: 1,
  id: 1,
  gracePeriod: 1,
  heartbeatInterval: 1,
  visibilityTimeout: 1,
  fetchWait: 1,
  pollInterval: 1,
  labels: 1,
  exchange: 1,
  handleSignals: 1,
  logger: 1,
  backtrace: 1,
  redactError: 1,
};

/** @throws OjsValidationError with the name of an option that does not exist, and those that do. */
export function checkOptionNames(options: object): void {
  refuseUnknown(options, OPTION_NAMES, "");
}
