/** Looking at what a job goes on from, and letting it begin anew. */
import { expect, it } from "vitest";
import { createTestOjs } from "../../src/testing/index.ts";

const NOBODY = "019b76da-b000-7000-8000-00000000000f";

it("tells what a handler has kept, and forgets it when it is told to", async () => {
  await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
  const seen: unknown[] = [];
  ojs.register("import", async (job) => {
    seen.push(job.resumeFrom);
    await job.checkpoint({ cursor: "row_7" });
    throw new Error("the disk is full");
  });
  const { id } = await ojs.client.enqueue("import", [], {
    retry: { maxAttempts: 3, initialInterval: "1s", jitter: false },
  });
  await ojs.drain();
  const savedAt = expect.stringMatching(/^2026-01-01T00:00:00/);
  expect(await ojs.client.getJobCheckpoint(id)).toEqual({
    jobId: id,
    state: { cursor: "row_7" },
    sequence: 1,
    savedAt,
  });

  await ojs.client.deleteJobCheckpoint(id);
  await ojs.client.deleteJobCheckpoint(id);
  const nothing = { code: "not_found", details: { resource_type: "checkpoint" } };
  await expect(ojs.client.getJobCheckpoint(id)).rejects.toMatchObject(nothing);
  await ojs.advance("1m", { drain: true });
  expect(seen.slice(0, 2)).toEqual([undefined, undefined]);
});

it("of a job that is not there is not there either", async () => {
  await using ojs = await createTestOjs();
  for (const name of ["getJobCheckpoint", "deleteJobCheckpoint"] as const) {
    await expect(ojs.client[name](NOBODY)).rejects.toMatchObject({ code: "not_found", jobId: NOBODY });
  }
});
