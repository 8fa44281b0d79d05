/** The operations on live events. */
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import type { EngineContext } from "../context.ts";
import type { EventLog } from "../event-log.ts";
import { found } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { catchUp } from "./catch-up.ts";
import { Hub } from "./hub.ts";
import type { ListenRequest, LiveEngine, LiveLimits, Subscription } from "./live-engine.ts";
import { jobsOf } from "./wanted.ts";

/** What applies when nobody says otherwise: as many events as ojs-realtime §5.4 recommends. */
export const LIVE_LIMITS: LiveLimits = { readers: 10_000, waiting: 1_000 };

interface LiveParts {
  readonly context: EngineContext;
  readonly log: EventLog;
  readonly limits: LiveLimits;
}

/** Creates the operations. */
export function liveOperations({ context, log, limits }: LiveParts): LiveEngine {
  const { clock, newId } = context;
  const hub = new Hub({ log, clock, newId, bound: limits.waiting });
  const stream = { log, clock, boot: hub.boot };

  async function subscribe(request: ListenRequest): Promise<Subscription> {
    if (hub.size >= limits.readers) throw tooMany(limits.readers);
    const since = log.total;
    const jobs = await readJobs(context, jobsOf(request));
    const newcomer = { wanted: request, after: request.after, since, jobs };
    const { events, ended } = catchUp(newcomer, stream);
    return {
      isOver: events.length === 0 && ended.length === request.channels.length,
      begin(receiver) {
        // Something may have happened since.
        const { events, ended } = catchUp(newcomer, stream);
        return hub.listen(request, receiver, events, ended);
      },
    };
  }

  return { subscribe, announceEnd: (graceMs) => hub.announceEnd(graceMs), endReaders: () => hub.end() };
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
