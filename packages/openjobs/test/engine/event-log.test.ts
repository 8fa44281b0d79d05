import { describe, expect, it } from "vitest";
import { type EventEntry, queueEvent } from "../../src/core/events.ts";
import { EventLog } from "../../src/engine/event-log.ts";

let made = 0;

function event(queue = "email"): EventEntry {
  made += 1;
  return queueEvent("queue.paused", queue, 0, { source: "ojs://test", newId: () => `${made}` });
}

function filled(count: number, capacity: number): { log: EventLog; entries: EventEntry[] } {
  const log = new EventLog(capacity);
  const entries = Array.from({ length: count }, () => event());
  for (const entry of entries) log.append(entry);
  return { log, entries };
}

describe("event log", () => {
  it("keeps the newest events when it is full", () => {
    const { log, entries } = filled(7, 4);
    expect(log.list({ limit: 10 })).toEqual({
      events: entries.slice(3),
      cursor: entries[6]?.id,
      hasMore: false,
      gap: false,
    });
  });

  it.each([1, 3, 4, 5, 11])("can be read to its end in pieces, with %i events in a ring of 4", (count) => {
    const { log, entries } = filled(count, 4);
    const read: EventEntry[] = [];
    for (let slice = log.list({ limit: 3 }); ; slice = log.list({ limit: 3, after: slice.cursor ?? "" })) {
      read.push(...slice.events);
      if (!slice.hasMore) break;
    }
    expect(read).toEqual(entries.slice(-4));
  });

  it("starts from the oldest and says so when it does not know (any more) where the reader was", () => {
    const { log, entries } = filled(6, 4);
    for (const after of [entries[0]?.id ?? "", "evt_from-before-the-restart"]) {
      expect(log.list({ limit: 1, after })).toMatchObject({
        events: [{ id: entries[2]?.id }],
        gap: true,
        hasMore: true,
      });
    }
    expect(log.list({ limit: 1, after: entries[2]?.id ?? "" })).toMatchObject({ gap: false });
  });

  it("moves the cursor past events that do not match", () => {
    const { log } = filled(3, 10);
    const other = event("other");
    log.append(other);
    const last = event();
    log.append(last);
    expect(log.list({ limit: 5, queues: ["other"] })).toMatchObject({
      events: [other],
      cursor: last.id,
      hasMore: false,
    });
    expect(log.list({ limit: 5, types: ["job.failed"] })).toMatchObject({ events: [], cursor: last.id });
  });

  it("has no cursor before the first event, and keeps the reader's at the end", () => {
    const { log, entries } = filled(1, 4);
    expect(new EventLog().list({ limit: 1 })).toEqual({ events: [], cursor: null, hasMore: false, gap: false });
    const after = entries[0]?.id ?? "";
    expect(log.list({ limit: 1, after })).toEqual({ events: [], cursor: after, hasMore: false, gap: false });
  });
});
