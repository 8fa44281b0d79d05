/** The operations on live events. */
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import { isTerminal } from "../../core/states.ts";
import type { EngineContext } from "../context.ts";
import type { EventLog } from "../event-log.ts";
import type { EventRelay } from "../fleet/event-relay.ts";
import { found } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { type CatchUp, catchUp, type Newcomer, placeKnown, type Stream } from "./catch-up.ts";
import { Hub } from "./hub.ts";
import type { ListenRequest, LiveEngine, LiveLimits, Subscription } from "./live-engine.ts";
import { jobsOf } from "./wanted.ts";

/** What applies when nobody says otherwise: as many events as ojs-realtime §5.4 recommends. */
export const LIVE_LIMITS: LiveLimits = { readers: 10_000, waiting: 1_000 };

/** What other servers did to a job before they heard that somebody listens is looked for after so long. */
const LOOK_MS = 1_000;

interface LiveParts {
  readonly context: EngineContext;
  readonly log: EventLog;
  readonly relay: EventRelay;
  readonly limits: LiveLimits;
}

/** Creates the operations, and has the relay tell them of other servers. */
export function liveOperations(parts: LiveParts): LiveEngine {
  const live = new Live(parts);
  return {
    subscribe: (request) => live.subscribe(request),
    knows: (eventId) => live.knows(eventId),
    announceEnd: (graceMs) => live.hub.announceEnd(graceMs),
    endReaders: () => live.hub.end(),
  };
}

class Live {
  readonly hub: Hub;
  readonly #parts: LiveParts;
  #isLooking = false;
  /** When events of other servers were known to come through. */
  #soundAt: number;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const { context, log, relay, limits } = parts;
    const { clock, newId } = context;
    this.hub = new Hub({ log, clock, newId, bound: limits.waiting, onBeat: () => this.#beat() });
    this.#soundAt = clock.now();
    relay.hearFor(this);
  }

  /** How many listen. */
  get size(): number {
    return this.hub.size;
  }

  missed(count: number | undefined): void {
    this.hub.missed(this.#soundAt, count);
    this.#soundAt = this.#parts.context.clock.now();
    this.#look();
  }

  async subscribe(request: ListenRequest): Promise<Subscription> {
    const { context, log, relay, limits } = this.#parts;
    if (this.hub.size >= limits.readers) throw tooMany(limits.readers);
    await relay.listen();
    const since = log.total;
    const jobs = await readJobs(context, jobsOf(request));
    const newcomer = { wanted: request, after: request.after, since, jobs };
    const { events, ended, place } = this.#catchUp(newcomer);
    return {
      place,
      isOver: events.length === 0 && ended.length === request.channels.length,
      begin: (receiver) => {
        // Something may have happened since.
        const { events, ended } = this.#catchUp(newcomer);
        if (jobs.length > 0 && relay.company) this.#lookSoon();
        return this.hub.listen(request, receiver, events, ended);
      },
    };
  }

  knows(eventId: string): boolean {
    return placeKnown(eventId, this.#stream)?.isWhole ?? false;
  }

  #catchUp(newcomer: Newcomer): CatchUp {
    return catchUp(newcomer, this.#stream);
  }

  get #stream(): Stream {
    const { context, log, relay } = this.#parts;
    return { log, clock: context.clock, boot: this.hub.boot, wholeFrom: relay.wholeFrom };
  }

  #beat(): void {
    this.#soundAt = this.#parts.context.clock.now();
    if (this.#parts.relay.company) this.#look();
  }

  #lookSoon(): void {
    const { clock } = this.#parts.context;
    if (this.#isLooking) return;
    this.#isLooking = true;
    clock.schedule(clock.now() + LOOK_MS, () => {
      this.#isLooking = false;
      this.#look();
    });
  }

  /** Signals of other servers may get lost, and nobody should wait for ever for a job that has ended. */
  #look(): void {
    const { storage, onError } = this.#parts.context;
    const ids = [...this.hub.openJobs];
    if (ids.length === 0) return;
    const tell = (jobs: readonly (JobRecord | undefined)[]): void => {
      for (const job of jobs) if (job !== undefined && isTerminal(job.state)) this.hub.ended(job);
    };
    storage.jobs.get(ids).then(tell, (error) => onError(error, "looking at jobs that are listened to"));
  }
}

/** The jobs as they are now; those whose time has come make their move before. */
async function readJobs({ storage, clock, dueWork }: EngineContext, ids: readonly string[]): Promise<JobRecord[]> {
  if (ids.length === 0) return [];
  const jobs = await answered(storage.jobs.get(ids));
  const settled = jobs.map((job, index) => {
    const isDue = job !== undefined && job.dueAt !== null && job.dueAt <= clock.now();
    return isDue ? dueWork.settle(ids[index] ?? "") : job;
  });
  return (await Promise.all(settled)).map((job, index) => found(job, ids[index] ?? ""));
}

function tooMany(readers: number): Error {
  return ojsError("rate_limited", `This server has ${readers} readers of live events, which is as many as it takes.`, {
    details: { max_readers: readers },
    hint: "Come back later, or listen to several channels on one connection.",
  });
}
