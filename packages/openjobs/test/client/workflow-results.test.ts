/** Waiting for workflows, with a server that a test plays. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
// Loaded before: a test that counts turns cannot wait for the disk.
import "../../src/client/results/await-result.ts";
import "../../src/client/results/await-workflow.ts";
import { OjsWorkflowFailedError } from "../../src/core/workflow-failed-error.ts";
import { StreamingTransport } from "./live/scripted-streams.ts";
import { ManualClock, turn } from "./manual-clock.ts";
import { answer, refusal } from "./scripted-transport.ts";

const id = (n: number): string => `019b7000-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** A server with workflows that a test moves. */
class Workflows {
  readonly transport = new StreamingTransport();
  readonly #answers = new Map<string, object>();
  looks = 0;

  constructor() {
    this.transport.respond = ({ path }) => {
      this.looks += 1;
      const found = this.#answers.get(path);
      return found === undefined ? refusal(404, "not_found") : answer(200, found);
    };
  }

  put(n: number, state: string, more: object = {}): void {
    this.#answers.set(`/ojs/v1/workflows/${id(n)}`, { id: id(n), type: "chain", state, steps: [], ...more });
  }

  putJob(n: number, result: unknown): void {
    this.#answers.set(`/ojs/v1/jobs/${id(n)}`, { job: { id: id(n), type: "t", state: "completed", result } });
  }

  /** Ends a workflow and tells it on the stream. */
  end(n: number, state = "completed", more: object = {}): void {
    this.put(n, state, more);
    this.transport.last.event(`a.${n}`, `workflow.${state}`, { workflow_id: id(n) });
  }
}

function start() {
  const workflows = new Workflows();
  const { transport } = workflows;
  const clock = new ManualClock();
  const client = new OjsClient({ transport, retry: false }, { clock, random: () => 0.5 });
  return { workflows, transport, clock, client };
}

/** Lets the client come to rest. */
async function rest(): Promise<void> {
  for (let n = 0; n < 8; n += 1) await turn();
}

const ENDS = "/ojs/v1/events/stream?channel=all&event_types=workflow.completed%2Cworkflow.failed%2Cworkflow.cancelled";

describe("the result of a workflow", () => {
  it("is waited for on a stream of ends, looked for behind its beginning, and read from the workflow", async () => {
    const { workflows, transport, client } = start();
    workflows.put(1, "running");
    const outcome = client.workflowResult(id(1));
    await rest();
    expect(transport.streams.map(({ request }) => request.path)).toEqual([ENDS]);
    expect(workflows.looks).toBe(1);
    transport.last.event("a.0", "workflow.completed", { workflow_id: id(2) });
    await rest();
    expect(workflows.looks).toBe(1);
    workflows.end(1, "completed", { steps: [{ type: "t", state: "completed", result: { n: 1 } }] });
    const { workflow, results } = await outcome;
    expect([workflow.state, results]).toEqual(["completed", [{ n: 1 }]]);
    expect(workflows.looks).toBe(2);
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it("has the shape of the workflow, and null for what there is not", async () => {
    const { workflows, client } = start();
    const leaf = { type: "t", state: "completed" };
    const steps = [
      { ...leaf, id: "a", result: 1 },
      {
        type: "group",
        steps: [
          { ...leaf, result: [2] },
          { type: "batch", steps: [{ ...leaf, state: "failed" }] },
        ],
      },
    ];
    for (const [n, type] of ["chain", "group", "batch"].entries()) {
      workflows.put(n, "completed", { type, steps });
      expect((await client.workflowResult(id(n))).results).toEqual([1, [[2], [null]]]);
    }
    workflows.put(4, "completed", { type: undefined, steps: [{ ...leaf, id: "__proto__", result: 1 }, leaf] });
    const { byName, results } = await client.workflowResult(id(4));
    expect(results).toEqual([1, null]);
    expect(Object.entries(byName)).toEqual([
      ["1", null],
      ["__proto__", 1],
    ]);
  });

  it("is read from the jobs where the server has left it out", async () => {
    const { workflows, client } = start();
    const large = (n: number) => ({
      type: "t",
      state: "completed",
      job_id: id(n),
      result: { result_ref: `/ojs/v1/jobs/${id(n)}`, result_size_bytes: 9 },
    });
    workflows.putJob(2, "large");
    workflows.put(1, "completed", { steps: [large(2), { type: "group", steps: [large(2)] }] });
    expect((await client.workflowResult(id(1))).results).toEqual(["large", ["large"]]);
    workflows.put(1, "completed", { steps: [large(3)] });
    await expect(client.workflowResult(id(1))).rejects.toMatchObject({ code: "not_found", jobId: id(3) });
  });

  it.each([
    ["failed", "has failed: no luck"],
    ["cancelled", "was cancelled"],
  ])("is an error that knows the workflow when that is %s", async (state, words) => {
    const { workflows, client } = start();
    workflows.put(1, "running");
    const outcome = client.workflowResult({ id: id(1) });
    await rest();
    const errors = [{ type: "E", message: "no luck", job_id: id(2) }];
    workflows.end(1, state, { name: "export", errors, steps: [{ type: "t", result: "secret" }] });
    const error = await outcome.catch((caught: unknown) => caught);
    if (!(error instanceof OjsWorkflowFailedError)) throw new Error("not that error");
    expect(error).toMatchObject({ code: "workflow_failed", operation: "workflowResult", jobId: id(2), status: 0 });
    expect([error.state, error.workflow.id, error.errors[0]?.message]).toEqual([state, id(1), "no luck"]);
    expect(error.message).toBe(`Workflow ${id(1)} (export) ${words}`);
    expect(JSON.stringify({ ...error })).not.toContain("secret");
  });

  it("is waited for no longer than wanted, and not at all when the caller has had enough", async () => {
    const { workflows, transport, clock, client } = start();
    workflows.put(1, "running");
    const late = client.workflowResult(id(1), { timeout: "5s" });
    await rest();
    await expect(clock.until(late)).rejects.toMatchObject({ name: "OjsTimeoutError", hint: /getWorkflow/ });
    const caller = new AbortController();
    const given = client.workflowResult(id(1), { signal: caller.signal });
    await rest();
    caller.abort("enough");
    await expect(given).rejects.toMatchObject({ code: "aborted", cause: "enough", hint: /workflow goes on/ });
    await expect(client.workflowResult(id(1), { signal: caller.signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(client.workflowResult(id(1), { timeout: 0 })).rejects.toMatchObject({ details: { field: "timeout" } });
    await rest();
    expect(transport.open).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it("is an error when there is no such workflow, which others that wait do not notice", async () => {
    const { workflows, client } = start();
    workflows.put(1, "running");
    const other = client.workflowResult(id(1));
    await expect(client.workflowResult(id(2))).rejects.toMatchObject({
      code: "not_found",
      operation: "workflowResult",
    });
    workflows.end(1);
    expect((await other).results).toEqual([]);
  });
});

describe("results of many workflows", () => {
  it("share one stream, which is not opened again for those who come later", async () => {
    const { workflows, transport, client } = start();
    for (let n = 0; n < 300; n += 1) workflows.put(n, "running");
    const first = Array.from({ length: 200 }, (_, n) => client.workflowResult(id(n)));
    await rest();
    const later = Array.from({ length: 100 }, (_, n) => client.workflowResult(id(200 + n)));
    while (workflows.looks < 300) await turn();
    expect(transport.streams).toHaveLength(1);
    for (let n = 0; n < 300; n += 1) workflows.end(n);
    await Promise.all([...first, ...later]);
    await rest();
    expect(workflows.looks).toBe(600);
    expect(transport.open).toHaveLength(0);
  });

  it("are looked at again after a gap, after a break, and from time to time", async () => {
    const { workflows, transport, clock, client } = start();
    const wait = async (): Promise<{ readonly ended: Promise<unknown> }> => {
      workflows.put(1, "running");
      const ended = client.workflowResult(id(1));
      await rest();
      workflows.put(1, "completed");
      return { ended };
    };
    const { ended: first } = await wait();
    transport.last.event("a.1", "system.events_dropped", { dropped_count: 1 });
    await first;
    await rest();
    const { ended: second } = await wait();
    transport.last.break();
    await clock.until(second);
    await rest();
    const { ended: third } = await wait();
    const began = clock.now();
    const beats = setInterval(() => transport.last.send(":\n\n"), 1);
    await clock.until(third);
    clearInterval(beats);
    expect(clock.now() - began).toBe(60_000);
  });

  it("are asked for at intervals where there are no streams", async () => {
    const { workflows, transport, clock, client } = start();
    workflows.put(1, "running");
    transport.refusals.push(refusal(422, "unsupported"));
    const outcome = client.workflowResult(id(1));
    await rest();
    const began = clock.now();
    for (let n = 0; n < 3; n += 1) {
      clock.next();
      await rest();
    }
    expect(clock.now() - began).toBeGreaterThanOrEqual(3_000);
    expect(workflows.looks).toBeLessThanOrEqual(4);
    workflows.put(1, "completed");
    expect((await clock.until(outcome)).workflow.state).toBe("completed");
    expect(transport.streams).toHaveLength(0);
  });
});
