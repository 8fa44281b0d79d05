/** How one official SDK speaks: what it puts on the wire for a task, and where in an answer it looks for what. */
import type { Wire } from "../../support/raw-ojs.ts";
import type { SpokenAnswer } from "../sdk-speaker.ts";

/** Bodies as text, because spaces, the order of members and the form of numbers are what a client sends, too. */
export interface Bodies {
  enqueue(queue: string): string;
  /** Two jobs. The first becomes a dead letter when it fails: it says so, or leaves it to the settings of its queue. */
  batch(queue: string): string;
  fetch(queue: string): string;
  ack(id: string): string;
  nack(id: string): string;
  heartbeat(ids: readonly string[]): string;
  /** Two steps, one after the other. */
  workflow(queue: string): string;
  cron(name: string): string;
}

/** Paths behind `/ojs/v1`, with their queries. */
export interface Paths {
  queue(name: string, action: "stats" | "pause" | "resume"): string;
  cron(name: string): string;
  deadLetters(queue: string): string;
}

/** Members of an answer's body, by the names under which this SDK reads them. */
export interface Readings {
  /** Answers to enqueue, get and cancel. */
  created(body: Wire): Wire;
  job(body: Wire): Wire;
  workflow(body: Wire): Wire;
  cron(body: Wire): Wire;
  stats(body: Wire): { readonly queue: unknown; readonly available: unknown };
}

/** See above. */
export interface Dialect {
  readonly name: string;
  /** Of every request, in their order. */
  readonly headers: readonly string[];
  readonly bodies: Bodies;
  readonly paths: Paths;
  readonly reads: Readings;
  /** How it listens to a job; undefined for the one that has no subscriptions. */
  readonly subscription?: { readonly headers: readonly string[]; path(id: string): string };
  /** Throws where this SDK gives up an answer, whatever is in it. */
  accepts(answer: SpokenAnswer): void;
}

/** What three of the four do. */
export const COMMON_PATHS: Paths = {
  queue: (name, action) => `/queues/${name}/${action}`,
  cron: (name) => `/cron/${name}`,
  deadLetters: () => "/dead-letter",
};

/** Where the HTTP binding has it. */
export const WRAPPED: Readings = {
  created: ({ job }) => job,
  job: ({ job }) => job,
  workflow: ({ workflow }) => workflow,
  cron: ({ cron_job }) => cron_job,
  stats: ({ queue, stats }) => ({ queue, available: stats.available }),
};
