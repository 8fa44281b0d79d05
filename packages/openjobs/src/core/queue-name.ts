/** Names of queues (ojs-core §5.2). */
import { LIMITS } from "./limits.ts";

const QUEUE_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** Whether a value is a queue name: 1 to 128 of a-z, 0-9, `-` and `.`, starting with a letter or digit. */
export function isQueueName(value: unknown): value is string {
  return typeof value === "string" && value.length <= LIMITS.queueChars && QUEUE_NAME.test(value);
}
