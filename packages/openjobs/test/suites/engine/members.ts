/** Members of workflows whose end has nothing to do with their worker, and what stays of those that have ended. */
import { expect } from "vitest";
import { readJobRequest } from "../../../src/core/job-request.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import type { SelectionOutcome } from "../../../src/engine/selection.ts";
import type { CreatedWorkflow } from "../../../src/engine/workflow-request.ts";
import { stepOf } from "../../support/workflows.ts";
import type { EngineBehaviour, EngineBench } from "./bench.ts";
import { aCron, MINUTE } from "./cron-bench.ts";

const FETCH = { queues: ["default"] };
const ONCE = { retry: { max_attempts: 1 } };
const REPLACES = { keys: ["type"], on_conflict: "replace" };

/** A batch of a plain job `a` and of `b`, whose options are given. */
function create(bench: EngineBench, b: object): Promise<CreatedWorkflow> {
  const jobs = [stepOf("a", ONCE), stepOf("b", { ...ONCE, ...b })];
  const callbacks = { on_success: stepOf("good"), on_failure: stepOf("bad") };
  return createAny(bench, { type: "batch", jobs, callbacks });
}

function createAny(bench: EngineBench, body: object): Promise<CreatedWorkflow> {
  const { engine } = bench;
  return engine.createWorkflow(readWorkflow({ ...body }, { now: engine.now(), newId: engine.newJobId }));
}

async function fetchTypes(bench: EngineBench): Promise<string[]> {
  return (await bench.fetch({ ...FETCH, count: 100 })).map(({ type }) => type).sort();
}

/** Once the other member is done the batch has failed, once. */
async function expectFailure(bench: EngineBench, { workflow: { id } }: CreatedWorkflow): Promise<void> {
  expect((await bench.engine.getWorkflow(id)).workflow).toMatchObject({ completed: 1, failed: 1 });
  expect(bench.eventsOf(id).filter((type) => type === "workflow.callback_fired")).toHaveLength(1);
  expect(bench.eventsOf(id).filter((type) => type === "workflow.job_failed")).toHaveLength(1);
}

function remove(bench: EngineBench, ids: readonly string[], atomic = false): Promise<SelectionOutcome> {
  return bench.engine.select({ verb: "delete", jobs: { ids }, atomic, once: null, abandoned: () => false });
}

const ends: readonly EngineBehaviour[] = [
  ...["waits", "runs"].map(
    (state): EngineBehaviour => ({
      name: `counts a member that another job replaces while it ${state} as a failure`,
      async run(bench) {
        const created = await create(bench, { unique: REPLACES });
        await bench.ack(await bench.fetchOne(FETCH));
        if (state === "runs") await bench.fetchOne(FETCH);
        const body = { type: "b", args: [], unique: REPLACES };
        await bench.engine.enqueue(readJobRequest(body, { now: bench.engine.now() }));
        await expectFailure(bench, created);
        expect(await fetchTypes(bench)).toEqual(["b", "bad"]);
      },
    }),
  ),
  ...["allow", "cancel_previous"].map(
    (policy): EngineBehaviour => ({
      name: `counts a member that a run of a cron job replaces as a failure, with policy ${policy}`,
      async run(bench) {
        const options = { queue: "default", unique: REPLACES };
        await bench.engine.registerCron(aCron({ type: "b", overlap_policy: policy, options }));
        await bench.advance(MINUTE);
        await bench.fetchOne(FETCH);
        const created = await create(bench, { unique: REPLACES });
        await bench.ack(await bench.fetchOne(FETCH));
        await bench.advance(MINUTE);
        await expectFailure(bench, created);
        expect(await fetchTypes(bench)).toEqual(["b", "bad"]);
      },
    }),
  ),
  ...Object.entries({
    "is over its timeout": { timeout_ms: 5_000 },
    "is over its total timeout": { total_timeout_ms: 5_000 },
    "misses its heartbeats": { heartbeat_timeout_ms: 5_000 },
  }).map(
    ([what, limit]): EngineBehaviour => ({
      name: `counts a member that ${what} as a failure`,
      async run(bench) {
        const created = await create(bench, limit);
        const [a, b] = await bench.fetch({ ...FETCH, count: 2 });
        await bench.beat([b!]);
        await bench.ack(a!);
        await bench.advance(6_000);
        await expectFailure(bench, created);
      },
    }),
  ),
  {
    name: "counts a member whose TTL is over before it was started as a failure",
    async run(bench) {
      const created = await create(bench, { enqueue_ttl_ms: 5_000 });
      await bench.ack(await bench.fetchOne(FETCH));
      await bench.advance(6_000);
      await expectFailure(bench, created);
    },
  },
];

const removals: readonly EngineBehaviour[] = [
  {
    name: "keeps the results of a running workflow from those who delete ended jobs",
    async run(bench) {
      const steps = [stepOf("a"), stepOf("b"), stepOf("c")];
      const { workflow } = await createAny(bench, { type: "chain", steps });
      const a = await bench.fetchOne(FETCH);
      await bench.ack(a, '"made by a"');
      const other = await bench.active();
      await bench.ack(other);
      const { items } = await remove(bench, [a.id, other.id]);
      expect(items).toMatchObject([{ refusal: { code: "conflict", state: "completed" } }, { refusal: null }]);
      expect(items[0]?.refusal?.message).toContain(workflow.id);
      expect(await bench.fetchOne(FETCH)).toMatchObject({ type: "b", parentResults: '["made by a"]' });
    },
  },
  {
    name: "removes nothing in one go with a result that is still needed",
    async run(bench) {
      await createAny(bench, { type: "chain", steps: [stepOf("a"), stepOf("b")] });
      const a = await bench.fetchOne(FETCH);
      await bench.ack(a);
      const other = await bench.active();
      await bench.ack(other);
      const { items, done } = await remove(bench, [other.id, a.id], true);
      expect(items.map(({ refusal }) => refusal?.code)).toEqual(["rolled_back", "conflict"]);
      expect([done, await bench.stateOf(other)]).toEqual([0, "completed"]);
    },
  },
  {
    name: "removes members when their workflow has ended",
    async run(bench) {
      const { workflow } = await createAny(bench, { type: "chain", steps: [stepOf("a")] });
      const a = await bench.fetchOne(FETCH);
      await bench.ack(a, "1");
      expect(await remove(bench, [a.id])).toMatchObject({ done: 1 });
      await expect(bench.job(a)).rejects.toMatchObject({ code: "not_found" });
      const { steps, workflow: after } = await bench.engine.getWorkflow(workflow.id);
      expect([after.state, steps.map(({ step, result }) => [step.state, result])]).toEqual([
        "completed",
        [["completed", null]],
      ]);
    },
  },
  {
    name: "does not count a failed member again that is removed from a running workflow",
    async run(bench) {
      const created = await create(bench, {});
      const [a, b] = await bench.fetch({ ...FETCH, count: 2 });
      await bench.nack(b!);
      expect(await remove(bench, [b!.id])).toMatchObject({ done: 1 });
      await bench.ack(a!);
      await expectFailure(bench, created);
      await bench.ack(await bench.fetchOne(FETCH));
      expect((await bench.engine.getWorkflow(created.workflow.id)).workflow.state).toBe("completed");
    },
  },
  {
    name: "refuses to run a failed workflow again whose failed job was removed, and says which",
    async run(bench) {
      const { workflow } = await createAny(bench, { type: "chain", steps: [stepOf("a", ONCE), stepOf("b")] });
      const a = await bench.fetchOne(FETCH);
      await bench.nack(a);
      await remove(bench, [a.id]);
      await expect(bench.engine.retryWorkflow(workflow.id)).rejects.toMatchObject({
        code: "conflict",
        details: { job_id: a.id },
      });
    },
  },
];

export const memberBehaviours: readonly EngineBehaviour[] = [...ends, ...removals];
