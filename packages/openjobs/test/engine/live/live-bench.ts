/** Live events without an engine: a log, a hub, and readers that do as they are told. */
import { type EventEntry, jobEvents } from "../../../src/core/events.ts";
import type { JobState } from "../../../src/core/job.ts";
import type { LiveEvent } from "../../../src/core/live/live-event.ts";
import { createUuid7 } from "../../../src/core/uuid7.ts";
import { EventLog } from "../../../src/engine/event-log.ts";
import { Hub } from "../../../src/engine/live/hub.ts";
import type { Listening, Receiver } from "../../../src/engine/live/reader.ts";
import type { Wanted } from "../../../src/engine/live/wanted.ts";
import { TestClock } from "../../../src/testing/test-clock.ts";
import { START, waitingJob } from "../../core/sample-job.ts";

/** Somebody who writes down what it is sent, and is ready when it says so. */
export class TestReader implements Receiver {
  readonly got: LiveEvent[] = [];
  beats = 0;
  hasEnded = false;
  wasCut = false;
  isReady = true;

  take: Receiver["take"] = ({ events }) => {
    this.got.push(...events);
    return this.isReady;
  };
  beat = (): void => {
    this.beats += 1;
  };
  end = (): void => {
    this.hasEnded = true;
  };
  cut = (): void => {
    this.wasCut = true;
  };

  get types(): string[] {
    return this.got.map(({ type }) => type);
  }
}

export const EVERYTHING: Wanted = { channels: [{ kind: "all" }], filter: {} };

/** A hub and the log that it listens to. */
export class LiveBench {
  readonly clock: TestClock = new TestClock(START);
  readonly log: EventLog;
  readonly hub: Hub;

  constructor({ bound = 1_000, capacity = 10_000 }: { bound?: number; capacity?: number } = {}) {
    this.log = new EventLog(capacity);
    const newId = createUuid7({ now: () => this.clock.now(), random: (bytes) => bytes });
    this.hub = new Hub({ log: this.log, clock: this.clock, newId, bound, onBeat: () => {} });
  }

  listen(wanted: Wanted = EVERYTHING): { reader: TestReader; listening: Listening } {
    const reader = new TestReader();
    return { reader, listening: this.hub.listen(wanted, reader, [], []) };
  }

  /** Something happens; answers the entry. */
  happen({
    id = "job-1",
    queue = "email",
    to = "active",
  }: {
    id?: string;
    queue?: string;
    to?: JobState;
  } = {}): EventEntry {
    const job = { ...waitingJob(), id, queue, state: to };
    const origin = { source: "ojs://test", newId: () => "1" };
    const [entry] = jobEvents({ events: ["job.cancelled"], from: "available" }, job, this.clock.now(), origin);
    if (entry === undefined) throw new Error("no event");
    this.log.append(entry);
    return entry;
  }

  /** Everything that waits is sent. */
  async settle(): Promise<void> {
    await this.clock.advance(10);
  }
}
