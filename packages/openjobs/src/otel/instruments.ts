/** The metrics of a client and a worker (ojs-observability §8, ojs-distributed-tracing §10). */
import type { Counter, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";

/** What a process counts about its jobs. */
export interface Instruments {
  readonly enqueued: Counter;
  readonly started: Counter;
  readonly completed: Counter;
  readonly failed: Counter;
  readonly retried: Counter;
  readonly duration: Histogram;
  readonly queueTime: Histogram;
  readonly enqueueDuration: Histogram;
  readonly active: UpDownCounter;
}

/** Makes them all; a meter gives the same one back for the same name. */
export function createInstruments(meter: Meter): Instruments {
  const counter = (name: string, description: string): Counter =>
    meter.createCounter(name, { description, unit: "{job}" });
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { description, unit: "s" });
  return {
    enqueued: counter("ojs.job.enqueued", "Jobs that were enqueued"),
    started: counter("ojs.job.started", "Attempts that began"),
    completed: counter("ojs.job.completed", "Attempts that succeeded"),
    failed: counter("ojs.job.failed", "Attempts that failed"),
    retried: counter("ojs.job.retried", "Attempts after the first one"),
    duration: seconds("ojs.job.duration", "How long attempts took"),
    queueTime: seconds("ojs.job.queue_time", "From enqueue to the first attempt"),
    enqueueDuration: seconds("ojs.job.enqueue_duration", "How long it took to enqueue"),
    active: meter.createUpDownCounter("ojs.worker.active_jobs", { description: "Jobs that run now", unit: "{job}" }),
  };
}
