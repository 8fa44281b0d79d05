/**
 * The metrics of a server in Prometheus' format. `ojs_*` are those of ojs-observability §8, with `_` for `.` and the suffixes
 * of its example (§13.2); `openjobs_*` are our own, and `process_*` are called as everywhere.
 */
import { JOB_STATES } from "../core/job.ts";
import type { JobCounts, JobReading } from "../engine/metrics/job-metrics.ts";
import type { CommitReading, Metrics, StoredReading } from "../engine/metrics/metrics-engine.ts";
import { type Labels, PrometheusText } from "./prometheus-text.ts";

const COUNTERS: readonly (readonly [keyof JobCounts, string])[] = [
  ["enqueued", "Jobs accepted."],
  ["completed", "Jobs that ended completed."],
  ["failed", "Jobs that ended discarded."],
  ["retried", "Failed attempts that another attempt follows."],
  ["cancelled", "Jobs that ended cancelled."],
  ["expired", "Jobs that were too late to be started; failed has them, too."],
];

/** Writes everything measured. */
export function metricsText({ jobs, commits, stored }: Metrics): string {
  const text = new PrometheusText();
  writeJobs(text, jobs);
  writeCommits(text, commits);
  text.family("openjobs_storage_up", "gauge", "1 when the storage answered, else 0 and no queues and workers below.");
  text.sample("openjobs_storage_up", stored === undefined ? 0 : 1);
  if (stored !== undefined) writeStored(text, stored);
  writeProcess(text);
  return text.toString();
}

function writeJobs(text: PrometheusText, jobs: readonly JobReading[]): void {
  for (const [name, help] of COUNTERS) {
    text.family(`ojs_job_${name}_total`, "counter", help);
    for (const job of jobs) text.sample(`ojs_job_${name}_total`, job.counts[name], labelsOf(job));
  }
  text.family("ojs_job_queue_time_seconds", "histogram", "From being available to the first start.");
  for (const job of jobs) text.histogram("ojs_job_queue_time_seconds", job.wait, labelsOf(job));
  text.family("ojs_job_duration_seconds", "histogram", "From the last start to the end.");
  for (const job of jobs) {
    for (const [state, run] of job.run) text.histogram("ojs_job_duration_seconds", run, { ...labelsOf(job), state });
  }
}

function writeCommits(text: PrometheusText, { duration, failed }: CommitReading): void {
  text.family("openjobs_commit_duration_seconds", "histogram", "Time to make one group of changes durable.");
  text.histogram("openjobs_commit_duration_seconds", duration);
  text.family("openjobs_commit_failures_total", "counter", "Groups of changes that the storage did not commit.");
  text.sample("openjobs_commit_failures_total", failed);
}

function writeStored(text: PrometheusText, { queues, queueCount, workers }: StoredReading): void {
  text.family("openjobs_queues", "gauge", "Queues; only the first thousand by name are told of one by one.");
  text.sample("openjobs_queues", queueCount);
  text.family("ojs_queue_depth", "gauge", "Jobs in a queue, by state.");
  for (const { queue } of queues) {
    for (const state of JOB_STATES) text.sample("ojs_queue_depth", queue.counts[state], { queue: queue.name, state });
  }
  text.family("openjobs_queue_head_age_seconds", "gauge", "How long the job that is next in line has been available.");
  for (const { queue, headAge } of queues) text.sample("openjobs_queue_head_age_seconds", headAge, named(queue));
  text.family("openjobs_queue_paused", "gauge", "1 while nothing is handed out.");
  for (const { queue } of queues) text.sample("openjobs_queue_paused", queue.pausedAt === null ? 0 : 1, named(queue));
  text.family("ojs_workers_busy", "gauge", "Jobs that are being executed.");
  for (const { queue } of queues) text.sample("ojs_workers_busy", queue.counts.active, named(queue));
  text.family("ojs_workers_active", "gauge", "Workers that say they are running.");
  text.sample("ojs_workers_active", workers.running);
  text.family("openjobs_workers_stale", "gauge", "Workers that have been silent for so long that they count as dead.");
  text.sample("openjobs_workers_stale", workers.stale);
}

function writeProcess(text: PrometheusText): void {
  const { user, system } = process.cpuUsage();
  text.family("process_cpu_seconds_total", "counter", "CPU time of this process.");
  text.sample("process_cpu_seconds_total", (user + system) / 1e6);
  text.family("process_resident_memory_bytes", "gauge", "Resident memory of this process.");
  text.sample("process_resident_memory_bytes", process.memoryUsage.rss());
  text.family("process_start_time_seconds", "gauge", "When this process started, in Unix seconds.");
  text.sample("process_start_time_seconds", performance.timeOrigin / 1_000);
}

function labelsOf({ queue, type }: JobReading): Labels {
  return { queue, type };
}

function named({ name }: { readonly name: string }): Labels {
  return { queue: name };
}
