import { describe, expect, it } from "vitest";
import { keepSchedule } from "../../src/core/unique-replacement.ts";
import { START, sampleRequest, waitingJob } from "./sample-job.ts";

describe("a job that keeps the schedule of the one that it replaces", () => {
  it("shows the time as it was written there, in place of its own", () => {
    const old = waitingJob({ scheduledAt: START + 5, attributes: '{"scheduled_at":"2026-01-01T01:00:00.005+01:00"}' });
    const request = sampleRequest({ scheduledAt: START + 9, attributes: '{"scheduled_at":"later","tags":["a"]}' });
    expect(keepSchedule(request, old)).toMatchObject({
      scheduledAt: START + 5,
      attributes: '{"scheduled_at":"2026-01-01T01:00:00.005+01:00","tags":["a"]}',
    });
  });

  it("shows a time that nobody wrote in our way, and keeps odd attributes", () => {
    const old = waitingJob({ scheduledAt: START + 5 });
    const request = sampleRequest({ attributes: '{"__proto__":{"x":1},"ext_a":null}' });
    expect(keepSchedule(request, old).attributes).toBe(
      '{"scheduled_at":"2026-01-01T00:00:00.005Z","__proto__":{"x":1},"ext_a":null}',
    );
  });
});
