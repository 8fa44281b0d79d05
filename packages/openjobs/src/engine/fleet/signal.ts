/** What the servers on one store tell each other, as text. */
import { isJsonObject } from "../../core/json-object.ts";

/** A signal. Everything in it is a hint: the store has the truth. */
export interface Signal {
  /** How many jobs have become available by queue; `undefined` = in so many queues that all should be looked at. */
  readonly queues: ReadonlyMap<string, number> | undefined;
  /** When a job is due that is the soonest its sender knows of; Infinity = nothing new. */
  readonly jobsDueAt: number;
  /** The same of cron jobs. */
  readonly cronsDueAt: number;
  /** Whether settings of queues or webhooks were changed. */
  readonly settings: boolean;
  /** Questions to all who hear them: they answer once they have read the settings. */
  readonly asks: readonly string[];
  /** Questions of others that the sender answers. */
  readonly knows: readonly string[];
}

/** What any way to other servers can carry (`Signals.publish`). */
const MAX_CHARACTERS = 7_000;

/** As it travels: members that say nothing are left out. */
interface Wire {
  readonly queues?: Readonly<Record<string, number>> | "all";
  readonly jobsDueAt?: number;
  readonly cronsDueAt?: number;
  readonly settings?: true;
  readonly asks?: readonly string[];
  readonly knows?: readonly string[];
}

/** Writes a signal. Names of queues are ASCII, so characters are bytes. */
export function writeSignal({ queues, jobsDueAt, cronsDueAt, settings, asks, knows }: Signal): string {
  const facts: Wire = {
    ...(jobsDueAt === Number.POSITIVE_INFINITY ? {} : { jobsDueAt }),
    ...(cronsDueAt === Number.POSITIVE_INFINITY ? {} : { cronsDueAt }),
    ...(settings ? { settings } : {}),
    ...(asks.length === 0 ? {} : { asks }),
    ...(knows.length === 0 ? {} : { knows }),
  };
  if (queues?.size === 0) return JSON.stringify(facts);
  const names = queues === undefined ? "all" : Object.fromEntries(queues);
  const text = JSON.stringify({ ...facts, queues: names } satisfies Wire);
  return text.length <= MAX_CHARACTERS ? text : JSON.stringify({ ...facts, queues: "all" } satisfies Wire);
}

/** Reads what another server has written, which may be of a later version and say more; undefined = it makes no sense. */
export function readSignal(text: string): Signal | undefined {
  const said = parsed(text);
  if (!isJsonObject(said)) return undefined;
  return {
    queues: readQueues(said.queues ?? {}),
    jobsDueAt: timeIn(said.jobsDueAt),
    cronsDueAt: timeIn(said.cronsDueAt),
    settings: said.settings === true,
    asks: textsIn(said.asks),
    knows: textsIn(said.knows),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readQueues(said: unknown): Signal["queues"] {
  if (!isJsonObject(said)) return undefined;
  return new Map(Object.entries(said).map(([queue, count]) => [queue, typeof count === "number" ? count : 1]));
}

function textsIn(said: unknown): readonly string[] {
  return Array.isArray(said) ? said.filter((one) => typeof one === "string") : [];
}

function timeIn(said: unknown): number {
  return typeof said === "number" ? said : Number.POSITIVE_INFINITY;
}
