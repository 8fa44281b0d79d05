/** What a handler under test did with its context. */
import type { Logger } from "../client/logger.ts";
import { stringifyJson } from "../core/json.ts";
import type { JobContext } from "../middleware/job-context.ts";
import { progressReport } from "../worker/progress-report.ts";
import type { ProgressReport } from "../worker/protocol.ts";

/** A line that a handler has written. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  /** With id, type, queue and attempt of the job, as a worker adds them. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a handler did with its context, in its order. */
export interface RecordedWork {
  /** Reports of progress, as they would travel. */
  readonly progress: readonly ProgressReport[];
  /** Names of the steps that were done in this attempt, without those of earlier ones. */
  readonly steps: readonly string[];
  /** States given to `job.checkpoint`, as JSON carries them. */
  readonly checkpoints: readonly unknown[];
  readonly logs: readonly LogLine[];
  /** How often the handler has extended its lease. */
  readonly heartbeats: number;
}

/** Writes such a record. */
export class ContextRecorder implements RecordedWork {
  readonly progress: ProgressReport[] = [];
  readonly steps: string[] = [];
  readonly checkpoints: unknown[] = [];
  readonly logs: LogLine[] = [];
  heartbeats = 0;

  /** For the logger of a context. */
  logger(): Logger {
    const at =
      (level: keyof Logger): Logger["info"] =>
      (message, facts = {}) => {
        this.logs.push({ level, message, facts });
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  /** The tools of a context, which record what they did when they have done it. */
  around(context: JobContext): Pick<JobContext, "progress" | "step" | "checkpoint" | "heartbeat"> {
    return {
      // A worker merges the reports of a second; here each one is seen.
      progress: (done, data) => {
        this.progress.push(progressReport(done, data));
      },
      step: async (name, work) => {
        let isNew = false;
        const result = await context.step(name, () => {
          isNew = true;
          return work();
        });
        if (isNew) this.steps.push(name);
        return result;
      },
      checkpoint: async (state) => {
        await context.checkpoint(state);
        this.checkpoints.push(JSON.parse(stringifyJson(state)));
      },
      heartbeat: async () => {
        await context.heartbeat();
        this.heartbeats += 1;
      },
    };
  }
}
