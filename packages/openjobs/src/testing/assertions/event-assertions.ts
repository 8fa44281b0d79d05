/** Assertions about the events of one test: what the server has told the world, in its order (ojs-events §3). */
import type { OjsEvent } from "../../core/codec/event-decode.ts";
import type { EventKind } from "../../core/event-kinds.ts";
import { CronAssertions } from "./cron-assertions.ts";
import { matches } from "./deep-match.ts";
import { expectNone, expectSome, foundOf, type Sought } from "./expectation.ts";
import { describeMatch } from "./job-match.ts";
import { shortened } from "./shown-value.ts";

/** A type of event, or with `*` at the end all that begin so. */
export type EventType = EventKind | `${string}*`;

/** What the events have to be like; what is left out does not matter. */
export interface EventMatch {
  /** Id of the job, workflow or worker, or name of the queue or recurring job, that it is about. */
  readonly subject?: string;
  /** Members that its `data` has among others, under their wire names: `job_type`, `duration_ms`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** How many there have to be; at least one when absent. */
  readonly count?: number;
  /** Anything else. */
  readonly where?: (event: OjsEvent) => boolean;
}

/** See above. The last 10,000 are remembered. */
export abstract class EventAssertions extends CronAssertions {
  /**
   * The events since the beginning, or since `clear()`, the oldest first.
   *
   * @example expect(ojs.allEvents("job.*", { subject: job.id }).map(({ type }) => type)).toEqual(["job.enqueued", "job.started"]);
   */
  allEvents(type: EventType = "*", match: EventMatch = {}): readonly OjsEvent[] {
    return foundOf(this.#sought(type, match));
  }

  /**
   * That such an event was emitted.
   *
   * @returns The first of them.
   * @throws TestAssertionError that lists the last events that were.
   * @example ojs.assertEmitted("job.discarded", { data: { job_type: "payment.charge" } });
   */
  assertEmitted(type: EventType, match: EventMatch = {}): OjsEvent {
    return expectSome(this.#sought(type, match), match.count);
  }

  /**
   * That no such event was emitted.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteEmitted("job.failed");
   */
  refuteEmitted(type: EventType, match: EventMatch = {}): void {
    expectNone(this.#sought(type, match));
  }

  #sought(type: EventType, match: EventMatch): Sought<OjsEvent> {
    return {
      noun: "event",
      verb: "emitted",
      wanted: describeMatch(type, match),
      all: this.sight.events(),
      differences: (event) => eventDifferences(event, type, match),
      describe: describeEvent,
      heading: "These events were there:",
      nothing: "No event was emitted.",
    };
  }
}

/** What its data says beside what it is about. */
function describeEvent({ type, subject = "", data }: OjsEvent): string {
  const more = Object.entries(data).filter(([, value]) => value !== subject);
  return `${type} ${subject} ${shortened(Object.fromEntries(more))}`;
}

function eventDifferences(event: OjsEvent, type: EventType, { subject, data, where }: EventMatch): readonly string[] {
  const isType = type.endsWith("*") ? event.type.startsWith(type.slice(0, -1)) : event.type === type;
  if (!isType) return ["has another type"];
  return [
    subject === undefined || event.subject === subject ? "" : "is about another subject",
    data === undefined || matches(event.data, data, true) ? "" : "has other data",
    where === undefined || where(event) ? "" : "is refused by where()",
  ].filter((text) => text !== "");
}
