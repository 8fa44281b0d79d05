/** What an SDK needs to find in an answer, or it fails in its user's hands: members that are there, not null and of their type. */
import { expect } from "vitest";
import { isObject, type Rule } from "../../support/strict/serde.ts";

/** Rules for what answers hold. */
export interface Needs {
  /** Each of a list of queues. */
  readonly queue: Rule;
  /** The statistics of a queue, which are an answer of their own. */
  readonly stats: Rule;
  readonly cronJob: Rule;
  /** Each job, also of a fetch, a batch and a list of dead letters. */
  readonly job: Rule;
}

/** Throws when an answer lacks what is needed. */
export function expectNeeds(body: unknown, needs: Needs): void {
  if (!isObject(body)) return;
  const { queues, stats, cron_job, cron_jobs, jobs } = body;
  // An ack's is for serverless adapters, which look at its state alone.
  const job = body.acknowledged === true ? undefined : body.job;
  expect([
    ...each(queues, needs.queue),
    ...(stats === undefined ? [] : needs.stats(body, "$")),
    ...each([cron_job, cron_jobs], needs.cronJob),
    ...each([job, jobs], needs.job),
  ]).toEqual([]);
}

function each(values: unknown, rule: Rule): readonly string[] {
  const items = [values].flat(2).filter((value) => value !== undefined);
  return items.flatMap((item, index) => rule(item, `$[${index}]`));
}
