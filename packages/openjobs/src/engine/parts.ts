/** The parts of an engine and who hears of what: everything that lives as long as the engine does. */
import { randomFillSync, randomUUID } from "node:crypto";
import { eventSource } from "../core/events.ts";
import { KEEP_FOREVER } from "../core/retention.ts";
import { createUuid7 } from "../core/uuid7.ts";
import { Announcer } from "./announcer.ts";
import { type Attendants, Committer } from "./committer.ts";
import { CheckpointHint } from "./companions/checkpoint-hint.ts";
import { CompanionSweep } from "./companions/companion-sweep.ts";
import type { EngineContext } from "./context.ts";
import { dueAtOf } from "./cron/cron-record.ts";
import { CronWork } from "./cron/cron-work.ts";
import { lineSequels } from "./cron/line-sequels.ts";
import { DueWork, type DueWorkParts } from "./due-work.ts";
import { EventLog } from "./event-log.ts";
import type { EngineOptions } from "./facade.ts";
import { EventRelay } from "./fleet/event-relay.ts";
import { Fleet } from "./fleet/fleet.ts";
import { Outgoing } from "./fleet/outgoing.ts";
import { GROUP_LIMITS, type GroupLimits } from "./lanes.ts";
import { CommitMetrics } from "./metrics/commit-metrics.ts";
import { JobMetrics } from "./metrics/job-metrics.ts";
import type { Meters } from "./metrics/metrics.ts";
import { Openings } from "./openings.ts";
import { PushSystem } from "./push/push-system.ts";
import { QueueConfigs } from "./queue-configs.ts";
import { QueueGate } from "./queue-gate.ts";
import { Retention } from "./retention.ts";
import { Schemas } from "./schemas/schemas.ts";
import { clockOf } from "./system-clock.ts";
import { Timer } from "./timer.ts";
import { Waiters } from "./waiters.ts";
import { Outbox } from "./webhooks/outbox.ts";
import { NO_SENDER } from "./webhooks/webhook-sender.ts";
import { WebhookSystem } from "./webhooks/webhook-system.ts";
import { WebhookTable } from "./webhooks/webhook-table.ts";
import { WorkerWatch } from "./worker-watch.ts";
import { workflowNews } from "./workflow-news.ts";

/** After trouble in the background, such as a store that is down. */
const TRY_AGAIN_MS = 1_000;

/** What an engine has besides what its operations see. */
export interface EngineParts {
  readonly context: EngineContext;
  readonly log: EventLog;
  readonly meters: Meters;
  readonly watch: WorkerWatch;
  readonly timer: Timer;
  readonly fleet: Fleet;
  /** What servers keep in memory of what is stored. */
  readonly settings: { load(): Promise<unknown> };
  readonly webhooks: WebhookSystem;
  readonly push: PushSystem;
  readonly outgoing: Outgoing;
  readonly relay: EventRelay;
  /** To be aborted when the engine closes. */
  readonly closing: AbortController;
}

/** Makes the parts; nothing runs yet. */
export function buildParts(options: EngineOptions): EngineParts {
  const { storage, clock = clockOf(storage), random = Math.random, onError = () => {} } = options;
  const newId = createUuid7({ now: () => clock.now(), random: (bytes) => randomFillSync(bytes) });
  const log = new EventLog();
  const outgoing = new Outgoing(storage.signals, clock);
  const relay = new EventRelay({ signals: storage.signals, clock, log });
  const waiters = new Waiters((queue, count) => outgoing.available(queue, count));
  const origin = { source: eventSource(options.instance ?? randomUUID()), newId };
  const meters = { jobs: new JobMetrics(), commits: new CommitMetrics() };
  const announcer = new Announcer({
    log,
    metrics: meters.jobs,
    observer: options.observer,
    waiters,
    origin,
    dueAt: (at) => {
      if (dueWork.expect(at)) outgoing.jobDue(at);
    },
    late: (entry) => webhooks.late(entry),
  });
  const table = new WebhookTable();
  const committer = new Committer(storage, clock, limitsOf(options), {
    commits: meters.commits,
    workflows: workflowNews(announcer),
    openings: lateOpenings(() => openings),
    follow: lineSequels({ announcer, newId }),
    outbox: new Outbox({ table, origin, stored: (id) => webhooks.stored(id) }),
  });
  const closing = new AbortController();
  const shared = { storage, clock, random, committer, announcer, onError: until(closing.signal, onError) };
  const timer = new Timer(clock, () =>
    ring({ openings, crons, dueWork, watch, retention, companions, fleet, webhooks }, shared),
  );
  const wakeBy = (at: number): void => timer.wakeBy(at);
  const openings = new Openings({ waiters, isShared: !storage.traits.synchronous, wakeBy });
  const dueWork = new DueWork({ ...shared, wakeBy, hasCompany: () => outgoing.company });
  const watch = new WorkerWatch({ ...shared, wakeBy });
  const retention = new Retention({ ...shared, times: options.retention ?? KEEP_FOREVER });
  const queueConfigs = new QueueConfigs({ ...shared, newId, changed: () => outgoing.settingsChanged() });
  const schemas = new Schemas({ ...shared, newId, changed: () => outgoing.settingsChanged() });
  const checkpoints = new CheckpointHint(() => outgoing.company);
  const companions = new CompanionSweep({ ...shared, newId });
  const gate = new QueueGate({ ...shared, queueConfigs });
  const parts = { ...shared, newId, waiters, dueWork, queueConfigs, schemas, checkpoints, gate };
  const sender = options.webhooks ?? NO_SENDER;
  const agree = (): Promise<void> => fleet.agree();
  const webhooks = new WebhookSystem({ ...shared, newId, origin, table, sender, wakeBy, agree });
  const crons = new CronWork(parts, wakeBy);
  const settings = { load: () => Promise.all([queueConfigs, schemas, webhooks, push].map((kept) => kept.load())) };
  const heard = { waiters, dueWork, crons, settings, live: relay, wakeBy };
  const fleet = new Fleet({ signals: storage.signals, clock, newId, outgoing, ...heard });
  const context = { ...parts, crons: { expect: (cron: CronAlarm) => tellOfCron(cron, crons, outgoing) } };
  const push = new PushSystem({ context, sender, agree });
  return { context, log, meters, watch, timer, fleet, settings, webhooks, push, outgoing, relay, closing };
}

/** What is interrupted by the end of the engine is for the next one to do. */
function until(end: AbortSignal, onError: EngineContext["onError"]): EngineContext["onError"] {
  return (error, context) => {
    if (!end.aborted) onError(error, context);
  };
}

/** Those that are made after who has to tell them. */
function lateOpenings(openings: () => Openings): NonNullable<Attendants["openings"]> {
  return {
    looked: (queues) => openings().looked(queues),
    hear: (heard, at) => openings().hear(heard, at),
  };
}

function limitsOf({ maxGroupUnits = GROUP_LIMITS.units }: EngineOptions): GroupLimits {
  return { ...GROUP_LIMITS, units: maxGroupUnits };
}

type CronAlarm = Parameters<EngineContext["crons"]["expect"]>[0];

function tellOfCron(cron: CronAlarm, crons: CronWork, outgoing: Outgoing): void {
  const at = dueAtOf(cron) ?? Number.POSITIVE_INFINITY;
  if (crons.expectAt(at)) outgoing.cronDue(at);
}

/** What the timer rings for. */
interface Rung {
  readonly openings: Openings;
  readonly crons: CronWork;
  readonly dueWork: DueWork;
  readonly watch: WorkerWatch;
  readonly retention: Retention;
  readonly companions: CompanionSweep;
  readonly fleet: Fleet;
  readonly webhooks: WebhookSystem;
}

/** What the timer does; answers when it is needed again. */
async function ring(
  { openings, crons, dueWork, watch, retention, companions, fleet, webhooks }: Rung,
  { clock, onError }: Pick<DueWorkParts, "clock" | "onError">,
): Promise<number> {
  openings.ring(clock.now());
  try {
    // First, because a mountain of due jobs is no reason for a schedule to be late.
    await crons.finish();
    await dueWork.finish();
    await watch.buryDead();
    await retention.sweep();
    await companions.sweep();
    await fleet.look();
    await webhooks.ring();
    const nexts = [openings, crons, dueWork, watch, retention, companions, fleet, webhooks].map(({ next }) => next);
    return Math.min(...nexts);
  } catch (error) {
    onError(error, "timer");
    return clock.now() + TRY_AGAIN_MS;
  }
}
