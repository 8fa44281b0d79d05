import { describe, expect, it } from "vitest";
import type { JobContext, JobHandler } from "../../src/index.ts";
import { wrapHandler } from "../../src/middleware/execute-chain.ts";
import { obedient, startedBench, stopped } from "./bench.ts";
import { wireJob } from "./stub-server.ts";

async function ran(handler: JobHandler, fields: object = {}) {
  const made = await startedBench(handler);
  made.server.push(wireJob({ lease: 7, ...fields }));
  await made.clock.advance(0);
  return { ...made, result: made.server.of("ack")[0]?.body.result };
}

describe("a context", () => {
  it("can be taken apart", async () => {
    const handler: JobHandler = async ({ arg, log, progress, step, heartbeat }) => {
      log.info("began");
      progress(0.5);
      await heartbeat();
      return step("a", () => arg("to"));
    };
    const { result, log, server } = await ran(handler, { args: [{ to: "ada" }] });
    expect(result).toBe("ada");
    expect(log.map(({ message }) => message)).toContain("began");
    expect(server.of("progress")).toHaveLength(1);
  });

  it("can do the same after middleware has changed what it says", async () => {
    const seen: JobContext[] = [];
    const handler = wrapHandler(
      async (job) => {
        seen.push(job);
        job.progress(0.5);
        job.metadata.handler = 1;
        return job.step("a", () => [job.arg("to"), job.resumeFrom === undefined, job.signal.aborted]);
      },
      [
        { name: "outer", execute: async (job, next) => [await next(), job.metadata] },
        { name: "inner", execute: (_, next) => next({ args: [{ to: "grace" }], meta: { seen: true } }) },
      ],
    );
    const { result, server } = await ran(handler, { args: [{ to: "ada" }] });
    expect(result).toEqual([["grace", true, false], { handler: 1 }]);
    expect(server.of("progress")).toHaveLength(1);
    expect(seen).toMatchObject([{ type: "test.job", args: [{ to: "grace" }], meta: { seen: true }, attempt: 1 }]);
    expect(seen[0]?.job).toMatchObject({ args: [{ to: "grace" }], attempt: 1 });
  });

  it("writes lines that say which job they are about, and nothing of its arguments", async () => {
    const handler: JobHandler = ({ log }) => log.warn("odd", { rows: 3, jobId: "another" });
    const { log } = await ran(handler, { id: "id-1", queue: "mail", args: ["secret"], attempt: 2 });
    expect(log.find(({ message }) => message === "odd")).toEqual({
      level: "warn",
      message: "odd",
      facts: { rows: 3, jobId: "id-1", type: "test.job", queue: "mail", attempt: 2 },
    });
  });

  it("says that the worker stops, in its signal", async () => {
    const seen: JobContext[] = [];
    const made = await ran((job) => {
      seen.push(job);
      return obedient(job);
    });
    await stopped(made);
    expect(seen[0]?.signal.reason).toMatchObject({ name: "JobAbortError", cause: "shutdown" });
    expect(made.server.of("nack")).toMatchObject([{ body: { requeue: true } }]);
  });
});
