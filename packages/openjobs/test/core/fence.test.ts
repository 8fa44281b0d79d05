import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fence, fenceHolds } from "../../src/core/fence.ts";

const job = { lease: 7, workerId: "w1", attempt: 2 };

describe("fenceHolds", () => {
  it.each<[boolean, string | null, Fence]>([
    [true, "w1", {}],
    [true, "w1", { lease: 7 }],
    [true, "w1", { lease: 7, workerId: "w2", attempt: 9 }],
    [false, "w1", { lease: 6, workerId: "w1", attempt: 2 }],
    [true, "w1", { workerId: "w1", attempt: 9 }],
    [false, "w1", { workerId: "w2", attempt: 2 }],
    [true, null, { workerId: "w2" }],
    [true, null, { workerId: "w2", attempt: 2 }],
    [false, null, { workerId: "w2", attempt: 3 }],
    [true, "w1", { attempt: 2 }],
    [false, "w1", { attempt: 1 }],
  ])("%s for a claim by %j and a fence of %j", (holds, workerId, fence) => {
    expect(fenceHolds({ ...job, workerId }, fence)).toBe(holds);
  });

  it("never lets a lease through that is not the job's", () => {
    const fence = fc.record({ workerId: fc.string(), attempt: fc.nat() }, { requiredKeys: [] });
    const property = fc.property(fence, fc.nat(), (rest, lease) => {
      expect(fenceHolds(job, { ...rest, lease })).toBe(lease === job.lease);
    });
    fc.assert(property, { seed: 1 });
  });
});
