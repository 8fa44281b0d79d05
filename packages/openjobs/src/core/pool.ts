/** Worker pools as operators describe them (ojs-fair-scheduling §6.1). */
import { ojsError } from "./errors.ts";
import type { JsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { isQueueName } from "./queue-name.ts";
import { findMember, integerOf, isMembers, refused } from "./request-fields.ts";

/** How a pool is said to share its queues. */
export const POOL_STRATEGIES = ["round_robin", "least_loaded", "weighted", "strict"] as const;

/** A pool. */
export interface WorkerPool {
  readonly name: string;
  readonly queues: readonly string[];
  readonly concurrency: number | null;
  readonly strategy: (typeof POOL_STRATEGIES)[number];
  /** By queue; for `weighted`. */
  readonly weights: Readonly<Record<string, number>>;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;
const MOST_QUEUES = 1_000;
const MEMBERS: readonly string[] = ["name", "queues", "concurrency", "strategy", "weights", "isolation"];

/**
 * Reads a pool; `name` is that of its path.
 *
 * @throws OjsError `invalid_request` that names the member.
 */
export function readPool(name: string, body: JsonObject): WorkerPool {
  if (!NAME.test(name) || name.length > LIMITS.workerIdChars) {
    throw ojsError("invalid_request", "The name of a pool has letters, digits, '.', '_' and '-'.", {
      details: { field: "name" },
    });
  }
  const unknown = Object.keys(body).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) throw refused(unknown, "is no member of a pool", `Members are ${MEMBERS.join(", ")}.`);
  const concurrency = findMember(body, "concurrency", "");
  return {
    name,
    queues: readQueues(body),
    concurrency: concurrency.value === null ? null : integerOf(concurrency, 1, Number.MAX_SAFE_INTEGER),
    strategy: readStrategy(body),
    weights: readWeights(body),
  };
}

function readQueues(body: JsonObject): readonly string[] {
  const { value, field } = findMember(body, "queues", "");
  if (value === null) return [];
  if (Array.isArray(value) && value.length <= MOST_QUEUES && value.every(isQueueName)) return value;
  throw refused(field, `must be an array of at most ${MOST_QUEUES} queue names`);
}

function readStrategy(body: JsonObject): WorkerPool["strategy"] {
  const { value, field } = findMember(body, "strategy", "");
  const text = typeof value === "string" ? value.replaceAll("-", "_") : value;
  const found = POOL_STRATEGIES.find((strategy) => strategy === (text ?? "round_robin"));
  if (found !== undefined) return found;
  throw refused(field, `must be one of ${POOL_STRATEGIES.join(", ")}`);
}

function readWeights(body: JsonObject): Readonly<Record<string, number>> {
  const { value, field } = findMember(body, "weights", "");
  if (value === null) return {};
  const entries = isMembers(value) ? Object.entries(value) : [];
  const isWeight = ([queue, weight]: [string, unknown]): boolean =>
    isQueueName(queue) && typeof weight === "number" && weight > 0;
  if (isMembers(value) && entries.length <= MOST_QUEUES && entries.every(isWeight))
    return { ...value } as Record<string, number>; // just looked at
  throw refused(field, "must be an object of queue names with numbers above 0");
}
