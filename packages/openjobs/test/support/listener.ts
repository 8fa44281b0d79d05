/** A reader of live events that takes everything. */
import type { LiveEvent } from "../../src/core/live/live-event.ts";
import type { Receiver } from "../../src/engine/live/live-engine.ts";

/** Somebody who listens, and the moves that it was told of. */
export class Listener implements Receiver {
  readonly events: LiveEvent[] = [];
  hasEnded = false;
  take: Receiver["take"] = ({ events }) => {
    this.events.push(...events);
    return true;
  };
  beat = (): void => {};
  cut = (): void => {};
  end = (): void => {
    this.hasEnded = true;
  };

  /** Such as `available > active`, of one job or of all. */
  moves(jobId?: string): string[] {
    const changes = this.events.filter(({ type }) => type === "job.state_changed").map(({ data }) => JSON.parse(data));
    const own = changes.filter((change) => jobId === undefined || change.job_id === jobId);
    return own.map(({ from, to }) => `${from} > ${to}`);
  }
}
