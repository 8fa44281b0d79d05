import { describe, expect, it } from "vitest";
import { readReady, releaseStep } from "../../../src/core/workflow/release.ts";
import { launched } from "../../support/workflows.ts";

const NOW = Date.UTC(2026, 0, 1);

/** The second step of a chain with these options, as it is released a minute after its creation. */
function secondOf(options: object) {
  const { steps } = launched(
    {
      type: "chain",
      steps: [
        { type: "a.b", args: [] },
        { type: "c.d", args: [1], options },
      ],
    },
    NOW,
  );
  return releaseStep(readReady(steps[1]?.ready ?? ""), NOW + 60_000).job;
}

describe("a released step", () => {
  it("is a new job of this moment, a member of its workflow", () => {
    expect(secondOf({ priority: 3 })).toMatchObject({
      state: "available",
      type: "c.d",
      args: "[1]",
      priority: 3,
      createdAt: NOW + 60_000,
      workflowStep: 1,
      attempt: 0,
    });
  });

  it.each([
    ["a duration", { delay_until: "PT10S" }],
    ["a duration with a sign", { scheduled_at: "+PT10S" }],
    ["milliseconds", { delay: 10_000 }],
  ])("counts its delay from its release: %s", (_, options) => {
    const job = secondOf(options);
    expect(job).toMatchObject({ state: "scheduled", availableAt: NOW + 70_000, dueAt: NOW + 70_000 });
    expect(JSON.parse(job.attributes).scheduled_at).toBe("2026-01-01T00:01:10.000Z");
  });

  it("keeps times of the calendar as they came", () => {
    const job = secondOf({ scheduled_at: "2026-01-01T00:30:00+00:00", expires_at: "2026-01-01T01:00:00Z" });
    expect(job).toMatchObject({ state: "scheduled", availableAt: NOW + 1_800_000, expiresAt: NOW + 3_600_000 });
    expect(JSON.parse(job.attributes)).toMatchObject({ scheduled_at: "2026-01-01T00:30:00+00:00" });
  });

  it("moves a relative end with it", () => {
    const job = secondOf({ expires_at: "PT10S", tags: ['"expires_at":"2026-01-01T00:00:10.000Z"'] });
    expect(job.expiresAt).toBe(NOW + 70_000);
    const { expires_at, tags } = JSON.parse(job.attributes);
    expect([expires_at, tags]).toEqual(["2026-01-01T00:01:10.000Z", ['"expires_at":"2026-01-01T00:00:10.000Z"']]);
  });

  it("lets limits of time begin with it", () => {
    expect(secondOf({ enqueue_ttl: 5, total_timeout: 60 })).toMatchObject({
      startBy: NOW + 65_000,
      endBy: NOW + 120_000,
    });
  });

  it("is in the way of jobs like it, if it is to be unique", () => {
    expect(secondOf({ unique: { keys: ["type"] } }).fingerprint).toEqual(expect.any(String));
    expect(secondOf({}).fingerprint).toBeNull();
  });
});
