/** What a reader is told at the beginning: what it has missed since it was last here, or that nobody knows that any more. */
import type { Clock } from "../../core/clock.ts";
import { wantsType } from "../../core/events.ts";
import type { JobRecord, JobState } from "../../core/job.ts";
import { channelName } from "../../core/live/channel.ts";
import { type Gap, gapOf, type LiveEvent, STATE_CHANGED, stateChanged } from "../../core/live/live-event.ts";
import { bootTimeOf, liveId, numberOf, placeOf, readLiveId } from "../../core/live/live-id.ts";
import { isTerminal } from "../../core/states.ts";
import type { EventLog } from "../event-log.ts";
import { changeToEnd } from "./end-of-job.ts";
import { Sighting } from "./sighting.ts";
import { isOn, pick, type Wanted } from "./wanted.ts";

/** The stream that it comes to. */
export interface Stream {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly boot: string;
  /** From here on the log has everything, also of other servers. */
  readonly wholeFrom: number;
}

/** Who comes. */
export interface Newcomer {
  readonly wanted: Wanted;
  /** The last id that it has seen (`Last-Event-ID`). */
  readonly after: string | undefined;
  /** How many events there were when it came. */
  readonly since: number;
  /** The jobs that it listens to one by one, as they were read after that. */
  readonly jobs: readonly JobRecord[];
}

/** What the newcomer has not been told. */
export interface CatchUp {
  readonly events: readonly LiveEvent[];
  /** Those of its jobs that have ended. */
  readonly ended: readonly string[];
  /** See {@link import("./live-engine.ts").Subscription.place}. */
  readonly place: string | undefined;
}

/** Finds it. */
export function catchUp(newcomer: Newcomer, stream: Stream): CatchUp {
  const { after, jobs } = newcomer;
  const { gap, seen } = beginningOf(newcomer, stream);
  const { events, states } = replay(newcomer.wanted, seen, stream);
  const ended = jobs.filter(({ id, state }) => isTerminal(states.get(id) ?? state));
  // Whoever goes on where it was has been told of every end before.
  const isFirstVisit = after === undefined || gap !== undefined;
  const untold = isFirstVisit ? ended.filter(({ id }) => !states.has(id)) : [];
  const changes = untold.flatMap((job) => endOf(job, newcomer, stream));
  const place = untold.length > 0 ? undefined : liveId({ boot: stream.boot, number: seen });
  return { events: [...(gap ?? []), ...events, ...changes], ended: ended.map(({ id }) => id), place };
}

interface Beginning {
  /** The notice that something is missing. */
  readonly gap?: readonly LiveEvent[];
  /** Number of the last event that need not be sent. */
  readonly seen: number;
}

function beginningOf({ after, since, wanted }: Newcomer, stream: Stream): Beginning {
  const { log, clock, boot, wholeFrom } = stream;
  const now = numberOf(since) - 1;
  if (after === undefined) return { seen: now };
  const known = placeKnown(after, stream);
  if (known?.isWhole) return { seen: known.number };
  const oldest = Math.max(log.oldest, wholeFrom);
  const seen = known === undefined ? now : numberOf(oldest) - 1;
  // Of the last event that was seen no more is known than that it came after the beginning of its server.
  const began = bootTimeOf(readLiveId(after)?.boot ?? boot);
  const gap: Gap = {
    from: began <= clock.now() ? began : bootTimeOf(boot),
    to: clock.now(),
    ...(known !== undefined && wholeFrom <= log.oldest ? { missed: log.oldest - placeOf(known.number) - 1 } : {}),
  };
  const channel = wanted.channels.map(channelName).join(",");
  return { gap: [gapOf(liveId({ boot, number: seen }), channel, gap, clock.now())], seen };
}

/** Where in this stream an event was, and whether all that came behind it is still there; undefined = it never was. */
export function placeKnown(id: string, { log, boot, wholeFrom }: Stream): KnownPlace | undefined {
  const place = readLiveId(id);
  if (place === undefined || place.boot !== boot || place.number > numberOf(log.total)) return undefined;
  return { number: place.number, isWhole: placeOf(place.number + 1) >= Math.max(log.oldest, wholeFrom) };
}

interface KnownPlace {
  readonly number: number;
  readonly isWhole: boolean;
}

interface Replay {
  readonly events: readonly LiveEvent[];
  /** The last state of each job that has changed it. */
  readonly states: ReadonlyMap<string, JobState>;
}

function replay(wanted: Wanted, seen: number, { log, boot }: Stream): Replay {
  const events: LiveEvent[] = [];
  const states = new Map<string, JobState>();
  for (const [entry, place] of log.from(placeOf(seen + 1))) {
    if (!isOn(wanted.channels, entry)) continue;
    const sighting = new Sighting(entry, place, boot);
    // Of an event and the change of state with it, it may have seen the first.
    const halfSeen = numberOf(place) <= seen ? sighting.event : undefined;
    events.push(...pick(sighting, wanted).filter((event) => event !== halfSeen));
    if (entry.to !== null) states.set(entry.subject, entry.to);
  }
  return { events, states };
}

/** The state that a job has ended in, for those who come too late (ojs-realtime §2.1). */
function endOf(job: JobRecord, { wanted }: Newcomer, { log, clock, boot }: Stream): readonly LiveEvent[] {
  if (!wantsType(wanted.filter, STATE_CHANGED)) return [];
  return [stateChanged(liveId({ boot, number: numberOf(log.total) - 1 }), changeToEnd(job, clock.now()))];
}
