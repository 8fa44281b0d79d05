/** What the demo found out, from the finished jobs themselves. */
import type { Job } from "openjobs";
import type { FileFacts } from "./inspect-file.ts";
import type { InspectRequest } from "./jobs.ts";

/** The totals of a run. */
export interface Report {
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
  readonly words: number;
  readonly attempts: number;
  /** Attempts after a failure that a handler reported. */
  readonly retries: number;
  /** Attempts that were lost with a worker and made again by another one. A busy machine may lose more than the kill does. */
  readonly recovered: number;
  readonly deadLettered: number;
  readonly jobsPerSecond: number;
  /** `sha256sum` of each file, by path. */
  readonly sums: Readonly<Record<string, string>>;
}

const LEASE_FAILURES = new Set(["visibility_timeout", "worker_death"]);

/** Adds up finished jobs. */
export function summarise(jobs: readonly Job[], deadLettered: number, elapsedMs: number): Report {
  const completed = jobs.filter((job) => job.state === "completed");
  const facts = completed.map((job) => job.result as FileFacts);
  const failures = jobs.flatMap((job) => job.errors);
  const finalFailures = jobs.length - completed.length;
  return {
    files: completed.length,
    bytes: sum(facts.map((fact) => fact.bytes)),
    lines: sum(facts.map((fact) => fact.lines)),
    words: sum(facts.map((fact) => fact.words ?? 0)),
    attempts: sum(jobs.map((job) => job.attempt)),
    retries: failures.filter((failure) => !LEASE_FAILURES.has(failure.type)).length - finalFailures,
    recovered: failures.filter((failure) => LEASE_FAILURES.has(failure.type)).length,
    deadLettered,
    jobsPerSecond: Math.round((jobs.length * 1000) / elapsedMs),
    sums: Object.fromEntries(completed.map((job, index) => [pathOf(job), facts[index]?.sha256 ?? ""])),
  };
}

/** The table at the end of the demo. */
export function renderReport(report: Report): string {
  const rows: readonly (readonly [string, number])[] = [
    ["files inspected", report.files],
    ["  bytes", report.bytes],
    ["  lines", report.lines],
    ["  words (text files)", report.words],
    ["attempts", report.attempts],
    ["  retries after a failure", report.retries],
    ["  recovered after the kill", report.recovered],
    ["dead-lettered", report.deadLettered],
    ["jobs per second", report.jobsPerSecond],
  ];
  const rule = `+${"-".repeat(28)}+${"-".repeat(16)}+`;
  const lines = rows.map(([label, value]) => `| ${label.padEnd(26)} | ${value.toLocaleString("en-US").padStart(14)} |`);
  return [rule, ...lines, rule].join("\n");
}

function pathOf(job: Job): string {
  return (job.args[0] as InspectRequest).path;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
