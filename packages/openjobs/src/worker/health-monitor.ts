/** Writes down what happens to a worker's calls, for `worker.health()`. */
import type { Clock } from "../core/clock.ts";
import { OjsError } from "../core/errors.ts";
import { type CallRecord, type HealthFacts, type HealthLimits, judgeHealth, type WorkerHealth } from "./health.ts";
import type { WorkerProtocol } from "./protocol.ts";
import { isServersWord } from "./verdict.ts";

/** What the worker itself knows. */
export type OwnFacts = Pick<HealthFacts, "state" | "activeJobs" | "loopDelayMs">;

/** See {@link createHealthMonitor}. */
export interface HealthMonitor {
  /** The same protocol; its fetches, outcomes and heartbeats are written down. */
  watch(protocol: WorkerProtocol): WorkerProtocol;
  started(): void;
  health(own: OwnFacts): WorkerHealth;
}

interface Failure {
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

/** Knows nothing yet. */
export function createHealthMonitor(clock: Clock, limits: HealthLimits): HealthMonitor {
  let startedAt: number | undefined;
  let lastError: Failure | undefined;
  const failed = (error: unknown): void => {
    const { code, message } = error instanceof OjsError ? error : { code: "unknown", message: String(error) };
    lastError = { at: clock.now(), code, message };
  };
  const fetches = createCallLog(clock, failed);
  const heartbeats = createCallLog(clock, failed);
  const outcomes = createCallLog(clock, failed, isVerdict);
  return {
    watch: (protocol) => ({
      ...protocol,
      fetch: (wanted, request) => fetches.follow(protocol.fetch(wanted, request)),
      ack: (lease, result, request) => outcomes.follow(protocol.ack(lease, result, request)),
      nack: (lease, error, requeue, request) => outcomes.follow(protocol.nack(lease, error, requeue, request)),
      exchange: async (told, wanted, request) => {
        const answer = await outcomes.follow(protocol.exchange(told, wanted, request));
        if (wanted !== undefined) fetches.answered(); // a busy worker may have no other fetch
        return answer;
      },
      heartbeat: (call, request) => heartbeats.follow(protocol.heartbeat(call, request)),
    }),
    started: () => {
      startedAt = clock.now();
    },
    health: (own) => {
      const calls = { fetches: fetches.record(), heartbeats: heartbeats.record(), outcomes: outcomes.record() };
      return judgeHealth({ now: clock.now(), startedAt, lastError, ...calls, ...own }, limits);
    },
  };
}

interface CallLog {
  /** One was answered in the company of another call. */
  answered(): void;
  follow<T>(call: Promise<T>): Promise<T>;
  record(): CallRecord;
}

const NOTHING: CallRecord = {
  lastAt: undefined,
  lastOkAt: undefined,
  pendingSince: undefined,
  failingSince: undefined,
  workingSince: undefined,
  failures: 0,
  hung: false,
};

/** The server has said what it thinks of an outcome: the way to it is open. */
function isVerdict(error: unknown): boolean {
  return error instanceof OjsError && [400, 404, 409, 413, 422].includes(error.status) && isServersWord(error);
}

/** `isAnswer`: an error that shows that all is well. */
function createCallLog(
  clock: Clock,
  onFailure: (error: unknown) => void,
  isAnswer: (error: unknown) => boolean = () => false,
): CallLog {
  let record = NOTHING;
  const pending = new Set<{ readonly sentAt: number }>();
  const answered = (): void => {
    const now = clock.now();
    const workingSince = record.failingSince === undefined ? record.workingSince : now;
    const working = { failingSince: undefined, workingSince: workingSince ?? now, failures: 0, hung: false };
    record = { ...record, lastOkAt: now, ...working };
  };
  const failed = (error: unknown): void => {
    // One that the worker itself gave up, because it stops, says nothing about the server.
    if (error instanceof OjsError && error.code === "aborted") return;
    if (isAnswer(error)) {
      answered();
      return;
    }
    onFailure(error);
    const hung = error instanceof OjsError && error.code === "timeout";
    record = { ...record, failingSince: record.failingSince ?? clock.now(), failures: record.failures + 1, hung };
  };
  return {
    answered,
    follow: async (call) => {
      const sentAt = clock.now();
      const own = { sentAt };
      pending.add(own);
      record = { ...record, lastAt: sentAt };
      try {
        const answer = await call;
        answered();
        return answer;
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        pending.delete(own);
      }
    },
    record: () => {
      const [oldest] = pending;
      return { ...record, pendingSince: oldest?.sentAt };
    },
  };
}
