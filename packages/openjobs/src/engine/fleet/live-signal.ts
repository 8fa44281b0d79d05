/** What servers tell each other about live events, as text. Other signals begin otherwise; each reader passes over those of the other. */
import { isJsonObject } from "../../core/json-object.ts";

/** What such a signal begins with. */
export const LIVE_SIGNAL = '{"live":';

/** What may be said. */
export interface LiveSignal {
  /** There are readers here. */
  readonly listens: boolean;
  /** So many events could not be told. */
  readonly lost: number;
  /** See event-text.ts. */
  readonly events: readonly unknown[];
}

const NOTHING: LiveSignal = { listens: false, lost: 0, events: [] };

/** Writes a signal without events. */
export function writeLiveSignal(said: Partial<Omit<LiveSignal, "events">>): string {
  return `${LIVE_SIGNAL}${JSON.stringify(said)}}`;
}

/** Writes a signal of events, which are JSON already. */
export function writeEventSignal(events: readonly string[]): string {
  return `${LIVE_SIGNAL}{"events":[${events.join(",")}]}}`;
}

/** Reads a signal, which may be of a later version. */
export function readLiveSignal(text: string): LiveSignal {
  const said = parsed(text);
  if (!isJsonObject(said) || !isJsonObject(said.live)) return NOTHING;
  const { listens, lost, events } = said.live;
  return {
    listens: listens === true,
    lost: typeof lost === "number" ? lost : 0,
    events: Array.isArray(events) ? events : [],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
