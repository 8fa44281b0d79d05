import { describe, expect, it } from "vitest";
import { EVENT_KINDS } from "../../../src/core/event-kinds.ts";
import { isEventPattern, matchesPattern } from "../../../src/core/webhook/event-pattern.ts";

describe("a pattern of events", () => {
  it("can name every event that a server emits", () => {
    for (const kind of EVENT_KINDS) expect(isEventPattern(kind)).toBe(true);
    expect(new Set(EVENT_KINDS).size).toBe(EVENT_KINDS.length);
  });

  it.each(["*", "job.*", "bulk.*", "workflow.*", "priority.*"])("can be %s", (pattern) => {
    expect(isEventPattern(pattern)).toBe(true);
  });

  it.each(["", "job", "job.", ".*", "job.complete", "jobs.*", "bulk.enqueue.*", "job.*.x", "**"])(
    "cannot be %s",
    (pattern) => {
      expect(isEventPattern(pattern)).toBe(false);
    },
  );

  it("matches its type, its family, or all", () => {
    const matched = ["*", "job.*", "job.completed", "job.complete", "jobs.*", "queue.*"].filter((pattern) =>
      matchesPattern(pattern, "job.completed"),
    );
    expect(matched).toEqual(["*", "job.*", "job.completed"]);
  });
});
