/** What every operation works with. */
import type { Clock } from "../core/clock.ts";
import type { CronJob } from "../core/cron.ts";
import type { Storage } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import type { Committer } from "./committer.ts";
import type { CheckpointHint } from "./companions/checkpoint-hint.ts";
import type { DueWork } from "./due-work.ts";
import type { QueueConfigs } from "./queue-configs.ts";
import type { QueueGate } from "./queue-gate.ts";
import type { Schemas } from "./schemas/schemas.ts";
import type { Waiters } from "./waiters.ts";

/** The parts of an engine. Reads go to `storage`; every change goes through `committer`. */
export interface EngineContext {
  readonly storage: Pick<Storage, "jobs" | "queues" | "workers" | "answers" | "records" | "workflows" | "ping">;
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly newId: () => string;
  readonly committer: Committer;
  readonly announcer: Announcer;
  readonly waiters: Waiters;
  readonly dueWork: DueWork;
  readonly queueConfigs: QueueConfigs;
  /** Knows whether claimed jobs may have left something. */
  readonly checkpoints: CheckpointHint;
  readonly gate: QueueGate;
  readonly schemas: Pick<Schemas, "check" | "checkAll" | "checkEach" | "checkWorkflow" | "operations">;
  /** Hears when a cron job has to be looked at. */
  readonly crons: { expect(cron: Pick<CronJob, "nextRunAt" | "gap">): void };
  /** Hears of trouble that no caller can be told about. */
  readonly onError: (error: unknown, context: string) => void;
}
