/** Producers and workers that do anything the wire allows, at random, until the server is gone. */
import { setTimeout as delay } from "node:timers/promises";
import { NoAnswer, type RawAnswer, type RawOjs } from "../../support/raw-ojs.ts";
import type { Random } from "./random.ts";

/** Queues of the workload. */
export const QUEUES: readonly string[] = ["crash-a", "crash-b", "crash-c"];

/** Some leases end while the server is down, most not before the test does: jobs that come back all the time cannot be counted. */
const LEASES_MS: readonly number[] = [400, 3_600_000, 3_600_000, 3_600_000];

const BATCH_JOBS = 20;
const FETCH_JOBS = 4;

/** A job that somebody works on; workers outlive the server. */
interface Held {
  readonly id: string;
  readonly lease: number;
  readonly attempt: number;
  readonly workerId: string;
}

/** What lives through all rounds. */
export interface World {
  readonly held: Held[];
  /** Number of the next job, fetch or outcome; makes everything that is sent unique. */
  next(): number;
}

/** A world without jobs. */
export function emptyWorld(): World {
  let number = 0;
  return {
    held: [],
    next: () => {
      number += 1;
      return number;
    },
  };
}

/** One client: one request after the other until one is not answered, or everything is over. */
export async function runClient(raw: RawOjs, world: World, random: Random, isOver: () => boolean): Promise<void> {
  try {
    while (!isOver()) {
      const status = await step(raw, world, random);
      // The store is away. Each request that nobody knows the outcome of has to be repeated in the next round.
      if (status === 503) await delay(200);
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
}

/** Answers the status of its request; undefined when there was nothing to do. */
async function step(raw: RawOjs, world: World, random: Random): Promise<number | undefined> {
  const dice = random.next();
  if (dice < 0.3) return (await raw.enqueue(newJob(world, random))).status;
  if (dice < 0.36) return (await raw.enqueueBatch(newBatch(world, random))).status;
  if (dice < 0.65) return fetchSome(raw, world, random);
  return settleOne(raw, world, random);
}

function newBatch(world: World, random: Random): readonly object[] {
  return Array.from({ length: random.between(2, BATCH_JOBS) }, () => newJob(world, random));
}

function newJob(world: World, random: Random): object {
  const number = world.next();
  const payloads = [number, "\u0000 \ud800 ü 🙂", { deep: [{ er: null }] }, 0.1, "x".repeat(random.between(0, 3_000))];
  return {
    id: uuid7(random),
    type: "crash.job",
    args: [number, random.pick(payloads)],
    meta: { number },
    options: {
      queue: random.pick(QUEUES),
      priority: random.between(-1, 1),
      retry: {
        max_attempts: random.between(1, 4),
        initial_interval: "PT0.1S",
        max_interval: "PT0.2S",
        jitter: false,
        on_exhaustion: random.pick(["discard", "dead_letter"]),
      },
    },
  };
}

async function fetchSome(raw: RawOjs, world: World, random: Random): Promise<number> {
  const workerId = `worker-${world.next()}`;
  const first = random.pick(QUEUES);
  const { status, body } = await raw.fetch({
    queues: [first, ...QUEUES.filter((queue) => queue !== first && random.chance(0.5))],
    count: random.between(1, FETCH_JOBS),
    worker_id: workerId,
    visibility_timeout_ms: random.pick(LEASES_MS),
  });
  if (status === 200) for (const { id, lease, attempt } of body.jobs) world.held.push({ id, lease, attempt, workerId });
  return status;
}

async function settleOne(raw: RawOjs, world: World, random: Random): Promise<number | undefined> {
  if (world.held.length === 0) return fetchSome(raw, world, random);
  const [held] = world.held.splice(random.between(0, world.held.length - 1), 1);
  if (held === undefined) return undefined;
  return (await outcomeOf(raw, held, world.next(), random))?.status;
}

function outcomeOf(raw: RawOjs, held: Held, number: number, random: Random): Promise<RawAnswer> | undefined {
  const outcome = { job_id: held.id, ...fenceOf(held, random) };
  const dice = random.next();
  if (dice < 0.55) return raw.ack({ ...outcome, result: { number } });
  if (dice < 0.75) return raw.nack({ ...outcome, error: errorOf(number, true) });
  if (dice < 0.8) return raw.nack({ ...outcome, error: errorOf(number, false) });
  if (dice < 0.88) return raw.nack({ ...outcome, error: errorOf(number, true), requeue: true });
  if (dice < 0.93) return raw.cancel(held.id);
  return undefined; // forgotten: its lease has to end by itself
}

function errorOf(number: number, retryable: boolean): object {
  return { code: "planned_failure", message: `failure ${number}`, retryable };
}

/** Ours, the spec's, and none as the official Rust SDK does it. */
function fenceOf({ lease, attempt, workerId }: Held, random: Random): object {
  return random.pick([{ lease }, { lease }, { lease }, { attempt }, { worker_id: workerId }, {}]);
}

function uuid7(random: Random): string {
  const hex = (digits: number): string =>
    random
      .between(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, "0");
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
}
