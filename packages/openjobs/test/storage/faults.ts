/** Storages with one fault each: what a driver could get wrong, planted into one that gets it right. */
import { JOB_STATES, type JobRecord } from "../../src/core/job.ts";
import { laneOf, limitOfLane } from "../../src/core/lane.ts";
import { NO_STARTS } from "../../src/core/permits.ts";
import type { RateLimit } from "../../src/core/rate-limit.ts";
import type {
  Claim,
  Effect,
  Group,
  GroupOutcome,
  QueueRecord,
  Storage,
  Unit,
  UnitOutcome,
} from "../../src/storage/storage.ts";
import type { Prune } from "../../src/storage/upkeep.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { plainEnds, WORKFLOW_FAULTS } from "./workflow-faults.ts";

export type Fault = (inner: Storage) => Storage;

type Commit = (group: Group) => Promise<GroupOutcome>;

const NOTHING = { completions: [], beats: [], units: [], claims: [] } as const;

function faulty(commit: (group: Group, inner: Storage) => Promise<GroupOutcome>): Fault {
  return (inner) => wrapStorage(inner, { commit: (group) => commit(group, inner) });
}

/** Commits the group with other units and gives them one by one to `each`. */
function unitByUnit(each: (unit: Unit, commit: Commit, inner: Storage, now: number) => Promise<UnitOutcome>): Fault {
  return faulty(async (group, inner) => {
    const { now, claims } = group;
    const first = await inner.commit({ ...group, units: [], claims: [] });
    const units: UnitOutcome[] = [];
    for (const unit of group.units) units.push(await each(unit, (part) => inner.commit(part), inner, now));
    const last = await inner.commit({ ...NOTHING, now, claims });
    return { ...first, units, claims: last.claims };
  });
}

async function single(unit: Unit, commit: Commit, now: number): Promise<UnitOutcome> {
  const [outcome] = (await commit({ ...NOTHING, now, units: [unit] })).units;
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

/** Effects of one unit are committed one after the other; a guard that fails stops the rest only. */
const splitUnit: Fault = unitByUnit(async (unit, commit, _, now) => {
  for (const effect of unit.effects) {
    const outcome = await single({ effects: [effect] }, commit, now);
    if (!outcome.ok) return outcome;
  }
  return { ok: true };
});

/** The store breaks down between the two commits that a group was split into. */
const splitGroup: Fault = unitByUnit((unit, commit, _, now) => single(unit, commit, now));

/** Updates and removals are forced upon whatever revision is there. */
const droppedRevisionGuard: Fault = unitByUnit(async (unit, commit, inner, now) => {
  const effects = unit.effects.map(async (effect): Promise<Effect> => {
    if (effect.kind !== "update" && effect.kind !== "remove") return effect;
    const [current] = await inner.jobs.get([effect.before.id]);
    return { ...effect, before: current ?? effect.before };
  });
  return single({ effects: await Promise.all(effects) }, commit, now);
});

/** An insert replaces the job that has the id already. */
const droppedAbsentGuard: Fault = unitByUnit(async (unit, commit, inner, now) => {
  for (const effect of unit.effects) {
    if (effect.kind !== "insert") continue;
    const [current] = await inner.jobs.get([effect.job.id]);
    if (current !== undefined) await single({ effects: [{ kind: "remove", before: current }] }, commit, now);
  }
  return single(unit, commit, now);
});

function otherInserts(change: (insert: Extract<Effect, { kind: "insert" }>) => Effect): Fault {
  const changed = (effect: Effect): Effect => (effect.kind === "insert" ? change(effect) : effect);
  return faulty((group, inner) =>
    inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(changed) })) }),
  );
}

/** Uniqueness is stored but not obeyed. */
const droppedUniqueGuard: Fault = otherInserts(({ kind, job }) => ({ kind, job }));

/** All who conflict look before any of them inserts: the race of looking and inserting apart. */
const earlyLook: Fault = faulty(async (group, inner) => {
  const refusals = group.units.map(async ({ effects }): Promise<UnitOutcome | undefined> => {
    const guards = effects.flatMap((effect) => (effect.kind === "insert" ? (effect.unique ?? []) : []));
    const [rival] = (await inner.jobs.inTheWay(guards, group.now, 1)).flat();
    return rival && { ok: false, reason: "conflict", id: rival.id };
  });
  const refused = await Promise.all(refusals);
  const unguarded = (effect: Effect): Effect =>
    effect.kind === "insert" ? { kind: effect.kind, job: effect.job } : effect;
  const units = group.units.map(({ effects }, index): Unit => {
    return { effects: refused[index] === undefined ? effects.map(unguarded) : [] };
  });
  const outcome = await inner.commit({ ...group, units });
  return { ...outcome, units: outcome.units.map((unit, index) => refused[index] ?? unit) };
});

function otherLanes(change: (limit: RateLimit, job: JobRecord) => RateLimit | null): Fault {
  return otherInserts((insert) => {
    const limit = insert.job.lane === null ? null : change(limitOfLane(insert.job.lane), insert.job);
    return { ...insert, job: { ...insert.job, lane: limit === null ? null : laneOf(limit) } };
  });
}

/** Limits are stored but not obeyed. */
const deafToLimits: Fault = otherLanes(() => null);

/** Each queue counts for itself. */
const limitsByQueue: Fault = otherLanes((limit, { queue }) => ({ ...limit, key: `${limit.key}-${queue}` }));

/** Nobody remembers what has started. */
const forgottenStarts: Fault = otherLanes(({ key, concurrency = 1_000 }) => ({ key, concurrency }));

/** A job that is cancelled or fails keeps its permit: only an ack gives it back. */
const stickyPermit: Fault = (inner) => {
  let phantoms = 0;
  const haunted = (effect: Effect): readonly Effect[] => {
    if (effect.kind !== "update" || effect.before.state !== "active" || effect.before.lane === null) return [effect];
    phantoms += 1;
    const id = `phantom-${phantoms}`;
    return [
      effect,
      { kind: "insert", job: { ...effect.before, id, queue: "phantoms", workflowId: null, dueAt: null } },
    ];
  };
  return wrapStorage(inner, {
    commit: (group) => {
      const units = group.units.map(({ effects }) => ({ effects: effects.flatMap(haunted) }));
      return inner.commit({ ...group, units });
    },
  });
};

/** What waits for its limits is only found by those who happen to look. */
const silentOpenings: Fault = faulty(async (group, inner) => {
  return { ...(await inner.commit(group)), openings: undefined };
});

/** Jobs are in the way in whatever state they are. */
const deafToStates: Fault = otherInserts(({ unique, ...effect }) => {
  return unique === undefined ? effect : { ...effect, unique: { ...unique, states: JOB_STATES } };
});

/** Jobs are in the way for ever. */
const endlessPeriod: Fault = otherInserts(({ unique, ...effect }) => {
  return unique === undefined ? effect : { ...effect, unique: { ...unique, periodMs: null } };
});

/** A repeated insert is told that it is in its own way. */
const selfConflict: Fault = unitByUnit(async (unit, commit, _, now) => {
  const outcome = await single(unit, commit, now);
  if (outcome.ok || outcome.reason !== "exists") return outcome;
  const unique = unit.effects.some((effect) => effect.kind === "insert" && effect.unique !== undefined);
  return unique ? { ...outcome, reason: "conflict" } : outcome;
});

/** A batch goes in without the jobs that could not. */
const halfBatch: Fault = unitByUnit(async (unit, commit, _, now) => {
  let refused: UnitOutcome = { ok: true };
  for (const effect of unit.effects) {
    const outcome = await single({ effects: [effect] }, commit, now);
    if (refused.ok) refused = outcome;
  }
  return refused;
});

/** One refused unit takes the whole group with it. */
const strangersFail: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  const refused = outcome.units.find((unit) => !unit.ok);
  return refused === undefined ? outcome : { ...outcome, units: outcome.units.map(() => refused) };
});

/** Everybody may complete everything. */
const unfencedAck: Fault = faulty((group, inner) => {
  const completions = group.completions.map((completion) => ({ ...completion, fence: {} }));
  return inner.commit({ ...group, completions });
});

/** A worker's name is not compared when an attempt is given. */
const weakFence: Fault = faulty((group, inner) => {
  const completions = group.completions.map(({ fence: { workerId, ...fence }, ...completion }) => ({
    ...completion,
    fence: fence.lease === undefined && fence.attempt === undefined && workerId !== undefined ? { workerId } : fence,
  }));
  return inner.commit({ ...group, completions });
});

/** Heartbeats extend whatever they list, without looking at the lease. */
const unfencedBeat: Fault = faulty((group, inner) => {
  const beats = group.beats.map((beat) => ({ ...beat, jobs: beat.jobs.map(({ id }) => ({ id })) }));
  return inner.commit({ ...group, beats });
});

/** Two claims of a group read the same head of the queue before either has written. */
const doubleClaim: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  const seen: JobRecord[] = [];
  const claims = outcome.claims.map((jobs, index) => {
    const claim = group.claims[index];
    seen.push(...jobs);
    return claim === undefined ? jobs : seen.filter((job) => claim.queues.includes(job.queue)).slice(0, claim.limit);
  });
  return { ...outcome, claims };
});

/** A claimed job can be claimed again, because claiming forgets to take it out of the queue. */
const stickyClaim: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  const units = outcome.claims.flat().map((before): Unit => {
    return { effects: [{ kind: "update", before, change: { state: "available" } }] };
  });
  await inner.commit({ ...NOTHING, now: group.now, units });
  return outcome;
});

function otherClaims(change: (claim: Claim) => Claim): Fault {
  return faulty((group, inner) => inner.commit({ ...group, claims: group.claims.map(change) }));
}

/** Queues are served from right to left. */
const reversedQueues: Fault = otherClaims((claim) => ({ ...claim, queues: claim.queues.toReversed() }));

/** One job more than asked for. */
const greedyClaim: Fault = otherClaims((claim) => ({ ...claim, limit: claim.limit + 1 }));

/** Claims come before units. */
const hastyClaim: Fault = faulty(async (group, inner) => {
  const { claims } = await inner.commit({ ...NOTHING, now: group.now, claims: group.claims });
  return { ...(await inner.commit({ ...group, claims: [] })), claims };
});

/** Jobs wait in the order of their insertion, whatever their priority. */
const droppedPriority: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  return { ...outcome, claims: outcome.claims.map((jobs) => jobs.toSorted((a, b) => a.seq - b.seq)) };
});

/** Pausing is stored but not obeyed. */
const deafToPause: Fault = faulty(async (group, inner) => {
  const queues = [...new Set(group.claims.flatMap((claim) => claim.queues))];
  const records = await Promise.all(queues.map((name) => inner.queues.get(name)));
  const paused = records.filter((queue) => queue !== undefined && queue.pausedAt !== null);
  const set = (queue: QueueRecord | undefined, on: boolean): Unit => {
    return { effects: [{ kind: "pause", queue: queue?.name ?? "", paused: on }] };
  };
  const units = [...group.units, ...paused.map((queue) => set(queue, false))];
  const outcome = await inner.commit({ ...group, units });
  await inner.commit({ ...NOTHING, now: group.now, units: paused.map((queue) => set(queue, true)) });
  return { ...outcome, units: outcome.units.slice(0, group.units.length) };
});

/** Jobs that are too late are handed out like others. */
const servesExpired: Fault = faulty((group, inner) => {
  const fresh = (effect: Effect): Effect =>
    effect.kind === "insert" ? { ...effect, job: { ...effect.job, dueAt: null } } : effect;
  return inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(fresh) })) });
});

/** A claim sets the alarm by lease and timeout alone. */
const endlessClaim: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  const careless = (job: JobRecord): JobRecord => {
    return { ...job, dueAt: Math.min(job.leaseUntil ?? Infinity, job.timeoutAt ?? Infinity) };
  };
  return { ...outcome, claims: outcome.claims.map((jobs) => jobs.map(careless)) };
});

/** A heartbeat extends the lease and forgets what else it proves. */
const forgetfulBeat: Fault = faulty(async (group, inner) => {
  const outcome = await inner.commit(group);
  const careless = (job: JobRecord): JobRecord => ({ ...job, stallAt: null });
  return { ...outcome, beats: outcome.beats.map((beat) => ({ ...beat, extended: beat.extended.map(careless) })) };
});

/** The counters of a queue count what was refused as well. */
const driftingCounters: Fault = (inner) => {
  let drift = 0;
  return wrapStorage(inner, {
    commit: async (group) => {
      const outcome = await inner.commit(group);
      drift += outcome.units.filter((unit) => !unit.ok).length;
      return outcome;
    },
    queues: {
      ...inner.queues,
      get: async (name) => {
        const queue = await inner.queues.get(name);
        return queue && { ...queue, counts: { ...queue.counts, available: queue.counts.available + drift } };
      },
    },
  });
};

/** Texts go through JSON.parse on their way. */
const parsedTexts: Fault = faulty((group, inner) => {
  const mangled = (effect: Effect): Effect => {
    if (effect.kind !== "insert") return effect;
    return { ...effect, job: { ...effect.job, args: JSON.stringify(JSON.parse(effect.job.args)) } };
  };
  return inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(mangled) })) });
});

/** Due jobs come in the order of their insertion. */
const unsortedDue: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      due: async (now, limit) => (await inner.jobs.due(now, limit)).toSorted((a, b) => a.seq - b.seq),
    },
  });

/** Pages are cut by time alone, which loses rows that ended together. */
const skippingPages: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      deadLetters: (filter, page) =>
        inner.jobs.deadLetters(filter, page.after === undefined ? page : { ...page, offset: 1 }),
    },
  });

/** Who looks at a limit sees those that wait for it, and not those that use it up. */
const idleKeys: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      underKey: async (key, limit) => {
        const { lanes, starts } = await inner.jobs.underKey(key, limit);
        return { lanes: lanes.map((lane) => ({ ...lane, active: 0 })), starts };
      },
    },
  });

/** Keys that begin alike are taken for one. */
const alikeKeys: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      underKey: async (key, limit) => {
        const [own, longer] = await Promise.all([key, `${key}-2`].map((one) => inner.jobs.underKey(one, limit)));
        return { lanes: [...(own?.lanes ?? []), ...(longer?.lanes ?? [])], starts: own?.starts ?? NO_STARTS };
      },
    },
  });

/** The first in line is whoever has waited longest, whatever the priorities. */
const oldestHead: Fault = (inner) =>
  wrapStorage(inner, {
    queues: {
      ...inner.queues,
      heads: async (names) => {
        const lines = names.map((queue) => inner.jobs.walk({ state: "available", queue }, 1_000));
        const since = (await Promise.all(lines)).map(({ jobs }) => jobs.map(({ availableAt }) => availableAt));
        return since.map((times) => (times.length === 0 ? null : Math.min(...times)));
      },
    },
  });

/** A walk begins each stretch after the number of jobs that it has seen, so that it jumps over some when others leave. */
const countingWalk: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      walk: async (set, limit, after) => {
        const seen = after === undefined ? 0 : Number(after);
        const { jobs } = await inner.jobs.walk(set, 1_000);
        const next = jobs.length > seen + limit ? { next: `${seen + limit}` } : {};
        return { jobs: jobs.slice(seen, seen + limit), ...next };
      },
    },
  });

/** A walk through what runs passes over the next worker where a stretch ends. */
const skippingWalk: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: {
      ...inner.jobs,
      walk: async (set, limit, after) => {
        const stretch = await inner.jobs.walk(set, limit, after);
        if (set.state !== "active" || stretch.next === undefined) return stretch;
        return inner.jobs
          .walk(set, limit + 1, after)
          .then(({ next }) => ({ jobs: stretch.jobs, ...(next && { next }) }));
      },
    },
  });

/** Claims take whatever comes first, chosen or not. */
const unchosenClaim: Fault = faulty((group, inner) =>
  inner.commit({ ...group, claims: group.claims.map(({ only: _, ...claim }) => claim) }),
);

/** A tenant sees the jobs of all. */
const openHouse: Fault = (inner) =>
  wrapStorage(inner, {
    jobs: { ...inner.jobs, claimable: (query) => inner.jobs.claimable({ ...query, tenant: null }) },
  });

/** A worker is forgotten even though it has come back. */
const hastyFuneral: Fault = faulty((group, inner) => {
  const force = (effect: Effect): Effect =>
    effect.kind === "forget-worker" ? { ...effect, lastBeatAt: Number.MAX_SAFE_INTEGER } : effect;
  return inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(force) })) });
});

/** Records are put and removed whatever revision is there. */
const droppedRecordGuard: Fault = unitByUnit(async (unit, commit, inner, now) => {
  const effects = unit.effects.map(async (effect): Promise<Effect> => {
    if (effect.kind !== "put-record" && effect.kind !== "remove-record") return effect;
    const { kind, id } = effect.kind === "put-record" ? effect.record : effect.key;
    const [current] = await inner.records.get(kind, [id]);
    return effect.before === null || current === undefined ? effect : { ...effect, before: current.revision };
  });
  return single({ effects: await Promise.all(effects) }, commit, now);
});

/** A new record takes the place of the one that has its name. */
const replacingRecord: Fault = unitByUnit(async (unit, commit, inner, now) => {
  const effects = unit.effects.map(async (effect): Promise<Effect> => {
    if (effect.kind !== "put-record" || effect.before !== null) return effect;
    const [current] = await inner.records.get(effect.record.kind, [effect.record.id]);
    return { ...effect, before: current?.revision ?? null };
  });
  return single({ effects: await Promise.all(effects) }, commit, now);
});

/** Records are written apart from the rest of their unit. */
const separateRecords: Fault = unitByUnit(async (unit, commit, _, now) => {
  const records = unit.effects.filter(({ kind }) => kind === "put-record" || kind === "remove-record");
  const outcome = await single({ effects: records }, commit, now);
  if (!outcome.ok) return outcome;
  return single({ effects: unit.effects.filter((effect) => !records.includes(effect)) }, commit, now);
});

/** Records are due a moment early. */
const earlyRecords: Fault = (inner) =>
  wrapStorage(inner, {
    records: { ...inner.records, due: (kind, now, limit) => inner.records.due(kind, now + 5, limit) },
  });

function otherPrunes(change: (request: Prune) => Prune): Fault {
  return (inner) =>
    wrapStorage(inner, { upkeep: { ...inner.upkeep, prune: (request) => inner.upkeep.prune(change(request)) } });
}

/** Jobs are removed before their time. */
const hastyPrune: Fault = otherPrunes((request) => ({ ...request, endedBy: request.endedBy + 1 }));

/** One step removes more than was asked for. */
const greedyPrune: Fault = otherPrunes((request) => ({ ...request, limit: request.limit + 1 }));

/** Dead letters go when other discarded jobs go. */
const carelessPrune: Fault = (inner) =>
  wrapStorage(inner, {
    upkeep: {
      ...inner.upkeep,
      prune: async (request) => {
        if (request.kind === "discarded") await inner.upkeep.prune({ ...request, kind: "deadLetters" });
        return inner.upkeep.prune(request);
      },
    },
  });

/** Jobs of cron jobs are completed like others, and the run that waits in line is forgotten. */
const plainCronJobs: Fault = plainEnds(({ cron }) => cron !== null);

/** What is to be stored with a group is forgotten. */
const forgottenOutbox: Fault = faulty(({ outbox: _, ...group }, inner) => inner.commit(group));

/** What is to be stored with a group is stored after it. */
const lateOutbox: Fault = faulty(async ({ outbox, ...group }, inner) => {
  const outcome = await inner.commit(group);
  const effects = (outbox?.(outcome) ?? []).map((record): Effect => ({ kind: "put-record", record, before: null }));
  if (effects.length > 0) await inner.commit({ ...NOTHING, now: group.now, units: [{ effects }] });
  return outcome;
});

export const FAULTS = {
  unchosenClaim,
  openHouse,
  forgottenOutbox,
  lateOutbox,
  ...WORKFLOW_FAULTS,
  splitUnit,
  splitGroup,
  droppedRevisionGuard,
  droppedAbsentGuard,
  droppedUniqueGuard,
  earlyLook,
  deafToLimits,
  limitsByQueue,
  forgottenStarts,
  stickyPermit,
  silentOpenings,
  deafToStates,
  endlessPeriod,
  selfConflict,
  halfBatch,
  strangersFail,
  unfencedAck,
  weakFence,
  unfencedBeat,
  doubleClaim,
  stickyClaim,
  reversedQueues,
  greedyClaim,
  hastyClaim,
  droppedPriority,
  deafToPause,
  servesExpired,
  endlessClaim,
  forgetfulBeat,
  driftingCounters,
  parsedTexts,
  unsortedDue,
  skippingPages,
  idleKeys,
  alikeKeys,
  oldestHead,
  countingWalk,
  skippingWalk,
  hastyFuneral,
  droppedRecordGuard,
  replacingRecord,
  separateRecords,
  earlyRecords,
  hastyPrune,
  greedyPrune,
  carelessPrune,
  plainCronJobs,
} satisfies Record<string, Fault>;
