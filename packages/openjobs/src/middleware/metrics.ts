/** Counts and durations of jobs for whatever keeps such figures (ojs-middleware §8.1.2). */
import type { Middleware } from "./middleware.ts";

/** What a figure is about; few different values, so that they can be labels. */
export interface RecordedJob {
  readonly type: string;
  readonly queue: string;
  readonly attempt: number;
}

/** Receives the figures. What it throws is ignored: a job does not fail because somebody could not count it. */
export interface MetricsRecorder {
  enqueued?(job: Pick<RecordedJob, "type" | "queue">): void;
  started?(job: RecordedJob): void;
  /** @param durationMs How long the handler took. */
  completed?(job: RecordedJob, durationMs: number): void;
  /** @param durationMs How long the handler took. */
  failed?(job: RecordedJob, durationMs: number, error: unknown): void;
}

/**
 * Tells a recorder about every job. For OpenTelemetry there is `otel()` in `openjobs/otel`.
 *
 * @example
 * worker.use(metrics({ completed: ({ type }, durationMs) => histogram.observe({ type }, durationMs / 1_000) }));
 */
export function metrics(recorder: MetricsRecorder): Middleware {
  return {
    name: "metrics",
    enqueue: async (job, next) => {
      const submitted = await next(job);
      if (submitted !== null) harmlessly(() => recorder.enqueued?.({ type: job.type, queue: job.queue }));
      return submitted;
    },
    execute: async ({ type, queue, attempt }, next) => {
      const job = { type, queue, attempt };
      const startedAt = performance.now();
      const duration = (): number => performance.now() - startedAt;
      harmlessly(() => recorder.started?.(job));
      try {
        const result = await next();
        harmlessly(() => recorder.completed?.(job, duration()));
        return result;
      } catch (error) {
        harmlessly(() => recorder.failed?.(job, duration(), error));
        throw error;
      }
    },
  };
}

function harmlessly(record: () => void): void {
  try {
    record();
  } catch {
    // See MetricsRecorder.
  }
}
