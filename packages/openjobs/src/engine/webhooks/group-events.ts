/**
 * The events of a commit, told before it is made durable, so that they can be stored with it: the announcer says them, as it
 * does afterwards, to somebody who collects. Of the units only what happened is told.
 */

import type { EventEntry, EventOrigin } from "../../core/events.ts";
import type { JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { birthEvents } from "../../core/lifecycle/enqueue.ts";
import { workflowFacts } from "../../core/workflow/event-facts.ts";
import type { Effect, GroupOutcome } from "../../storage/storage.ts";
import { Announcer } from "../announcer.ts";
import type { ToldGroup } from "../outbox-plan.ts";
import { workflowNews } from "../workflow-news.ts";

const DEAF = { wake: () => undefined, call: () => undefined };

/** The events of what has happened, in the order in which they are announced. */
export function eventsOf(
  { group, tells }: ToldGroup,
  outcome: GroupOutcome,
  origin: EventOrigin,
): readonly EventEntry[] {
  const events: EventEntry[] = [];
  const announcer = new Announcer({
    log: { append: (entry) => void events.push(entry) },
    waiters: DEAF,
    origin,
    dueAt: () => undefined,
  });
  const { now } = group;
  const workflows = workflowNews(announcer);
  outcome.completions.forEach((job, index) => {
    if (job !== null) announcer.completed(job, group.completions[index]?.result ?? null, now);
  });
  for (const job of outcome.beats.flatMap(({ extended }) => extended)) announcer.extended(job, now);
  group.units.forEach(({ effects }, index) => {
    if (outcome.units[index]?.ok !== true) return;
    for (const effect of effects) tellEffect(effect, announcer, now);
    tells[index]?.(announcer);
  });
  workflows.progressed(outcome.workflows?.facts ?? [], now);
  for (const job of outcome.claims.flat()) announcer.claimed(job, now);
  workflows.started(outcome.workflows?.started ?? [], now);
  return events;
}

function tellEffect(effect: Effect, announcer: Announcer, now: number): void {
  switch (effect.kind) {
    case "insert":
      tellBirth(effect.job, announcer);
      break;
    case "update":
      tellUpdate(effect, announcer, now);
      break;
    case "pause":
      announcer.queue(effect.paused ? "queue.paused" : "queue.resumed", effect.queue, now);
      break;
    case "insert-workflow":
      announcer.workflow("workflow.created", effect.workflow.id, workflowFacts(effect.workflow), now);
      for (const job of effect.jobs) tellBirth(job, announcer);
      break;
    case "resume-workflow":
      for (const job of effect.jobs) tellBirth(job, announcer);
      break;
  }
}

function tellBirth(job: JobRecord, announcer: Announcer): void {
  announcer.created(job, birthEvents(job.state));
}

function tellUpdate({ before, change, move }: Effect & { kind: "update" }, announcer: Announcer, now: number): void {
  const after = nextRevision(before, change);
  if (move !== undefined) announcer.moved(after, move, before.state, now);
  else if (after.priority !== before.priority) announcer.reprioritized(after, before.priority, now);
}
