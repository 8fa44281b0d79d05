import { expect } from "vitest";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { KEEP_FOREVER } from "../../../src/core/retention.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import type { CreatedWorkflow } from "../../../src/engine/workflow-request.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { stepOf } from "../../support/workflows.ts";
import type { EngineBehaviour, EngineBench } from "./bench.ts";

const ONCE = { retry: { max_attempts: 1 } };
const chain = { type: "chain", name: "letters", steps: [stepOf("a", ONCE), stepOf("b", ONCE), stepOf("c", ONCE)] };
const batch = {
  type: "batch",
  jobs: [stepOf("a", ONCE), stepOf("b", ONCE)],
  callbacks: { on_success: stepOf("good", ONCE), on_failure: stepOf("bad", ONCE) },
};
const FETCH = { queues: ["default"] };

function create(bench: EngineBench, body: object): Promise<CreatedWorkflow> {
  const { engine } = bench;
  return engine.createWorkflow(readWorkflow({ ...body }, { now: engine.now(), newId: engine.newJobId }));
}

async function fetchTypes(bench: EngineBench, count = 100): Promise<string[]> {
  return (await bench.fetch({ ...FETCH, count })).map(({ type }) => type);
}

async function stateOf(bench: EngineBench, { workflow: { id } }: CreatedWorkflow): Promise<string> {
  return (await bench.engine.getWorkflow(id)).workflow.state;
}

/** All the ways in which a member can end without having succeeded. */
const FAILURES: Readonly<Record<string, (bench: EngineBench, job: JobRecord) => Promise<unknown>>> = {
  "a failed attempt": (bench, job) => bench.nack(job),
  "an order to discard it": (bench, job) =>
    bench.engine.nack({
      jobId: job.id,
      fence: {},
      failure: readFailure({ code: "DISCARD", message: "no" }),
      requeue: false,
    }),
  "a cancellation": (bench, job) => bench.engine.cancel(job.id),
  "the end of its lease": (bench) => bench.advance(31_000),
  "its worker's death": async (bench, job) => {
    await bench.beat([job]);
    await bench.engine.heartbeat({
      worker: {
        id: "other",
        state: "running",
        lastBeatAt: 0,
        startedAt: 0,
        hostname: null,
        pid: null,
        queues: [],
        labels: [],
        concurrency: 1,
        activeJobs: 0,
      },
      jobs: [],
      leaving: false,
    });
    await bench.advance(62_000);
  },
};

export const workflowBehaviours: readonly EngineBehaviour[] = [
  {
    name: "runs a chain step by step, and gives each step the results before it",
    async run(bench) {
      const created = await create(bench, chain);
      const a = await bench.fetchOne(FETCH);
      expect(a).toMatchObject({ type: "a", workflowId: created.workflow.id, parentResults: "[]" });
      expect(await fetchTypes(bench)).toEqual([]);
      await bench.ack(a, '{"n":1.50}');
      const b = await bench.fetchOne(FETCH);
      expect(b).toMatchObject({ type: "b", parentResults: '[{"n":1.50}]' });
      await bench.ack(b, null);
      const c = await bench.fetchOne(FETCH);
      expect(c).toMatchObject({ type: "c", parentResults: '[{"n":1.50},null]' });
      await bench.ack(c);
      expect(await stateOf(bench, created)).toBe("completed");
    },
  },
  {
    name: "gives a callback the results of all members in their order, nested ones as arrays",
    async run(bench) {
      await create(bench, {
        type: "batch",
        jobs: [stepOf("x"), { type: "group", jobs: [stepOf("y"), stepOf("z")] }],
        callbacks: { on_complete: stepOf("done") },
      });
      const jobs = await bench.fetch({ ...FETCH, count: 3 });
      for (const job of jobs.toReversed()) await bench.ack(job, `"${job.type}"`);
      expect(await bench.fetchOne(FETCH)).toMatchObject({ type: "done", parentResults: '["x",["y","z"]]' });
    },
  },
  ...Object.entries(FAILURES).map(
    ([way, end]): EngineBehaviour => ({
      name: `counts ${way} as the failure of a member`,
      async run(bench) {
        const created = await create(bench, batch);
        const [a, b] = await bench.fetch({
          ...FETCH,
          count: 2,
          visibilityMs: way.includes("worker") ? 600_000 : 30_000,
        });
        await bench.ack(a!);
        await end(bench, b!);
        expect(await fetchTypes(bench)).toEqual(["bad"]);
        expect((await bench.engine.getWorkflow(created.workflow.id)).workflow).toMatchObject({
          completed: 1,
          failed: 1,
        });
      },
    }),
  ),
  {
    name: "counts a member that expired while it waited",
    async run(bench) {
      await create(bench, { ...batch, jobs: [stepOf("a"), stepOf("b", { expires_at: "PT5S" })] });
      await bench.ack(await bench.fetchOne(FETCH));
      await bench.advance(6_000);
      expect(await fetchTypes(bench)).toEqual(["bad"]);
    },
  },
  {
    name: "fires a callback once, however many workers end the last jobs together",
    async run(bench) {
      const jobs = Array.from({ length: 50 }, (_, index) => stepOf(`m${index}`));
      const created = await create(bench, { ...batch, jobs });
      const members = await bench.fetch({ ...FETCH, count: 50 });
      await Promise.all(members.flatMap((job) => [bench.ack(job, "1"), bench.ack(job, "2").catch(() => null)]));
      expect(await fetchTypes(bench)).toEqual(["good"]);
      expect((await bench.engine.getWorkflow(created.workflow.id)).workflow).toMatchObject({
        completed: 50,
        failed: 0,
      });
    },
  },
  {
    name: "does not count a member again that is brought back from the dead letters",
    async run(bench) {
      const letter = { retry: { max_attempts: 1, on_exhaustion: "dead_letter" } };
      const created = await create(bench, { ...batch, jobs: [stepOf("a", letter), stepOf("b")] });
      const [a, b] = await bench.fetch({ ...FETCH, count: 2 });
      await bench.nack(a!);
      await bench.engine.retryDeadLetter(a!.id);
      await bench.ack(await bench.fetchOne(FETCH));
      expect((await bench.engine.getWorkflow(created.workflow.id)).workflow).toMatchObject({ completed: 0, failed: 1 });
      await bench.ack(b!);
      await bench.ack(await bench.fetchOne(FETCH));
      expect(await stateOf(bench, created)).toBe("completed");
    },
  },
  {
    name: "cancels a workflow with its waiting and running jobs, and stays so",
    async run(bench) {
      const created = await create(bench, {
        type: "group",
        jobs: [chain, stepOf("x"), stepOf("y", { delay: 60_000 })],
      });
      const { id } = created.workflow;
      const [a, x] = await bench.fetch({ ...FETCH, count: 2 });
      await bench.ack(a!);
      const { workflow, steps } = await bench.engine.cancelWorkflow(id);
      expect(workflow).toMatchObject({ state: "cancelled", completed: 1 });
      expect(steps.map(({ job }) => job?.state)).toEqual([
        "completed",
        "cancelled",
        undefined,
        "cancelled",
        "cancelled",
      ]);
      expect(await fetchTypes(bench)).toEqual([]);
      await expect(bench.ack(x!)).rejects.toMatchObject({ code: "conflict" });
      expect((await bench.beat([x!])).cancelled).toEqual([x!.id]);
      await expect(bench.engine.cancelWorkflow(id)).rejects.toMatchObject({
        code: "conflict",
        details: { current_state: "cancelled" },
      });
      await expect(bench.engine.cancelWorkflow("unknown")).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.engine.getWorkflow("unknown")).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "answers the same request for a workflow again, and refuses another one with its id",
    async run(bench) {
      const first = await create(bench, { ...chain, id: "letters-1" });
      expect(first).toMatchObject({ created: true, workflow: { id: "letters-1" } });
      await bench.ack(await bench.fetchOne(FETCH));
      expect(await create(bench, { ...chain, id: "letters-1" })).toMatchObject({
        created: false,
        workflow: { completed: 1 },
      });
      await expect(create(bench, { ...batch, id: "letters-1" })).rejects.toMatchObject({ code: "duplicate" });
      expect((await bench.engine.listWorkflows({}, { limit: 9 })).total).toBe(1);
    },
  },
  {
    name: "counts a step's own delay from its release",
    async run(bench) {
      await create(bench, {
        type: "chain",
        steps: [stepOf("a"), stepOf("b", { delay_until: "PT10S", expires_at: "PT20S" })],
      });
      await bench.advance(60_000);
      await bench.ack(await bench.fetchOne(FETCH));
      expect(await fetchTypes(bench)).toEqual([]);
      await bench.advance(10_000);
      const b = await bench.fetchOne(FETCH);
      const { scheduled_at: scheduledAt } = JSON.parse(b.attributes);
      expect([b.type, Date.parse(scheduledAt)]).toEqual(["b", bench.clock.now()]);
    },
  },
  {
    name: "wakes a fetch that waits for a step",
    async run(bench) {
      await create(bench, chain);
      const a = await bench.fetchOne(FETCH);
      const waiting = bench.fetch({ ...FETCH, waitMs: 30_000 });
      await bench.rest();
      await bench.ack(a);
      expect((await waiting).map(({ type }) => type)).toEqual(["b"]);
    },
  },
  {
    name: "gives jobs back when the results before them cannot be read",
    async run(bench) {
      await create(bench, chain);
      const down = { ...bench.storage.workflows, parents: () => Promise.reject(new Error("connection lost")) };
      await bench.start({ storage: wrapStorage(bench.storage, { workflows: down }) });
      await expect(bench.fetch(FETCH)).rejects.toMatchObject({ code: "backend_error" });
      await bench.start();
      expect(await bench.fetchOne(FETCH)).toMatchObject({ type: "a", returned: 1 });
    },
  },
  {
    name: "tells what happens to a workflow, in order",
    async run(bench) {
      const created = await create(bench, { ...batch, name: "mails", meta: { trace_id: "t1" } });
      const [a, b] = await bench.fetch({ ...FETCH, count: 2 });
      await bench.advance(7);
      await bench.ack(a!);
      await bench.nack(b!);
      await bench.ack(await bench.fetchOne(FETCH));
      const { id } = created.workflow;
      expect(bench.eventsOf(id)).toEqual([
        "workflow.created",
        "workflow.started",
        "workflow.job_completed",
        "workflow.job_failed",
        "workflow.callback_fired",
        "workflow.job_completed",
        "workflow.completed",
      ]);
      const events = bench.engine.listEvents({ limit: 1_000 }).events.filter(({ subject }) => subject === id);
      const common = { workflow_id: id, workflow_name: "mails", workflow_type: "batch", trace_id: "t1" };
      for (const event of events) expect(event.data()).toMatchObject(common);
      expect(events[2]?.data()).toMatchObject({
        step_id: "job-0",
        step_index: 0,
        step_type: "a",
        job_id: a!.id,
        duration_ms: 7,
        steps_remaining: 1,
      });
      expect(events[3]?.data()).toMatchObject({ step_id: "job-1", steps_remaining: 0, error: { message: "it broke" } });
      expect(events[4]?.data()).toMatchObject({ callback: "on_failure", step_type: "bad" });
      expect(events[6]?.data()).toMatchObject({ total_steps: 2, duration_ms: 7 });
    },
  },
  {
    name: "tells how a chain failed and how a workflow was cancelled",
    async run(bench) {
      const failing = await create(bench, chain);
      const job = await bench.fetchOne(FETCH);
      await bench.nack(job);
      expect(bench.eventsOf(failing.workflow.id)).toEqual([
        "workflow.created",
        "workflow.started",
        "workflow.step_failed",
        "workflow.failed",
      ]);
      const last = bench.engine.listEvents({ limit: 1_000 }).events.at(-1);
      expect(last?.data()).toMatchObject({
        failed_step_id: "step-0",
        failed_step_type: "a",
        error: { message: "it broke" },
      });
      const cancelled = await create(bench, chain);
      await bench.engine.cancelWorkflow(cancelled.workflow.id);
      expect(bench.eventsOf(cancelled.workflow.id)).toEqual(["workflow.created", "workflow.cancelled"]);
      expect(bench.eventsOf(cancelled.steps[0]!.step.jobId)).toEqual(["job.enqueued", "job.cancelled"]);
    },
  },
  {
    name: "keeps members until their workflow has ended, and removes them with it",
    async run(bench) {
      await bench.start({ retention: { ...KEEP_FOREVER, completed: 60_000 } });
      const created = await create(bench, chain);
      const a = await bench.fetchOne(FETCH);
      await bench.ack(a, "1");
      await bench.advance(200_000);
      const b = await bench.fetchOne(FETCH);
      expect(b.parentResults).toBe("[1]");
      await bench.ack(b);
      await bench.ack(await bench.fetchOne(FETCH));
      await bench.advance(50_000);
      expect(await bench.stateOf(a)).toBe("completed");
      await bench.advance(30_000);
      await expect(bench.job(a)).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.engine.getWorkflow(created.workflow.id)).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "runs a failed chain again from the step that failed",
    async run(bench) {
      const created = await create(bench, chain);
      const { id } = created.workflow;
      await bench.ack(await bench.fetchOne(FETCH), "1");
      const failed = await bench.fetchOne(FETCH);
      await bench.nack(failed);
      const { workflow, steps } = await bench.engine.retryWorkflow(id);
      expect(workflow).toMatchObject({ state: "running", completed: 1, failed: 0, failure: null, endedAt: null });
      expect(steps.map(({ step: { state } }) => state)).toEqual(["completed", "released", "waiting"]);
      const again = await bench.fetchOne(FETCH);
      expect(again).toMatchObject({ type: "b", attempt: 1, parentResults: "[1]", maxAttempts: 1 });
      expect(again.id).not.toBe(failed.id);
      await bench.ack(again);
      await bench.ack(await bench.fetchOne(FETCH));
      expect(await stateOf(bench, created)).toBe("completed");
      await expect(bench.engine.retryWorkflow(id)).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.engine.retryWorkflow("unknown")).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "runs the failed jobs of a group again, and leaves failures alone that a callback has taken",
    async run(bench) {
      const created = await create(bench, {
        type: "group",
        jobs: [stepOf("x"), { ...batch, jobs: [stepOf("y", ONCE)] }, stepOf("z", ONCE)],
      });
      for (const job of await bench.fetch({ ...FETCH, count: 3 }))
        await (job.type === "x" ? bench.ack(job) : bench.nack(job, { code: "DISCARD" }));
      await bench.ack(await bench.fetchOne(FETCH));
      const { workflow } = await bench.engine.retryWorkflow(created.workflow.id);
      expect(workflow).toMatchObject({ state: "running", completed: 1, failed: 1 });
      expect(await fetchTypes(bench)).toEqual(["z"]);
    },
  },
  {
    name: "lets the callbacks of a batch wait again for the jobs that run again",
    async run(bench) {
      const created = await create(bench, {
        ...batch,
        callbacks: { on_success: stepOf("good"), on_failure: stepOf("bad", ONCE) },
      });
      const [a, b] = await bench.fetch({ ...FETCH, count: 2 });
      await bench.ack(a!);
      await bench.nack(b!);
      await bench.nack(await bench.fetchOne(FETCH));
      expect(await stateOf(bench, created)).toBe("failed");
      const { steps } = await bench.engine.retryWorkflow(created.workflow.id);
      // The callback is what failed: the batch's own failure was its to take.
      expect(steps.map(({ step: { type, state } }) => `${type} ${state}`)).toEqual([
        "a completed",
        "b failed",
        "good cancelled",
        "bad released",
      ]);
      await bench.ack(await bench.fetchOne(FETCH));
      expect(await stateOf(bench, created)).toBe("completed");
    },
  },
];
