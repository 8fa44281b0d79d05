/** Durable steps, threads and kill −9. More seeds and moments are in worker-kill.slow.test.ts. */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { startChild } from "./worker-kill/child.ts";
import { openKillSite } from "./worker-kill/kill-site.ts";
import { checkSteps, type Ended, type History, type Kept, type Seen } from "./worker-kill/step-history.ts";
import { stepRound } from "./worker-kill/step-rounds.ts";

describe.skipIf(process.platform === "win32")("a worker that is killed", () => {
  it("has its steps behind it: they count once, and the next one goes on from there", async () => {
    const moments = ["while it is sent", "between steps"] as const;
    const { broken } = await stepRound(1, { storage: memory(), jobs: 4, moments });
    expect(broken).toEqual([]);
  });

  it("leaves nothing behind of a thread that works; the next one stops what does not stop by itself", async () => {
    await using site = await openKillSite(memory(), () => 0.5);
    const enqueue = async (how: string, options: object = {}): Promise<string> =>
      (await site.client.enqueue("test.hard", [how], { retry: { maxAttempts: 1 }, ...options })).id;
    const takenOver = await enqueue("spin once", { retry: { maxAttempts: 2 } });
    await using first = startChild("hard-worker.mjs", { url: site.url, threads: 1 });
    await first.wrote(/^spin once$/);
    await first.kill();
    expect(() => process.kill(-first.pid, 0)).toThrow("ESRCH");
    await site.expire();

    const late = await enqueue("spin", { timeout: 100 });
    const large = await enqueue("memory");
    const fine = await Promise.all([enqueue("fine"), enqueue("fine")]);
    await using second = startChild("hard-worker.mjs", { url: site.url, threads: 1 });
    const ids = [takenOver, late, large, ...fine];
    await site.over(ids);
    const jobs = await Promise.all(ids.map((id) => site.client.getJob(id)));
    const done = { state: "completed", attempt: 1, result: { begunBy: second.pid, endedBy: second.pid } };
    expect(jobs).toMatchObject([
      { state: "completed", attempt: 2, result: { begunBy: first.pid, endedBy: second.pid } },
      { state: "discarded", error: { code: "timeout" } },
      { state: "discarded", error: { code: "worker_out_of_memory" } },
      done,
      done,
    ]);
  });
});

describe("the rules of steps accept", () => {
  it("a step that was done again because nobody knows whether it was kept", () => {
    expect(
      checkSteps([did("a", 1), kept(), did("a", 2), got("a", 2), did("b", 3), got("b", 3), end([2, 3])], STEPS),
    ).toEqual([]);
  });

  it("a step that was kept, and that nobody heard of before the next attempt", () => {
    expect(checkSteps([did("a", 1), kept(["a", 1]), got("a", 1), did("b"), got("b"), end([1, null])], STEPS)).toEqual(
      [],
    );
  });
});

describe("the rules of steps notice", () => {
  it.each<[string, History]>([
    ["repeated", [did("a", 1), got("a", 1), did("a", 1), did("b", 2), end([1, 2])]],
    ["repeated", [did("a", 1), kept(["a", 1]), did("a", 1), did("b", 2), end([1, 2])]],
    ["skipped", [did("b", 2), end(["never done", 2])]],
    ["changed", [did("a", 1), got("a", 2), did("b", 2), got("b", 2), end([1, 2])]],
    ["changed", [did("a", 1), got("a", 1), got("a", 2), did("b", 2), end([1, 2])]],
    ["changed", [did("a", 1), kept(["a", 2]), did("b", 2), end([1, 2])]],
    ["changed", [did("a"), got("a", null), did("b", 2), end([null, 2])]],
    ["result", [did("a", 1), got("a", 1), did("b", 2), got("b", 2), end([1, 3])]],
    ["unfinished", [did("a", 1), got("a", 1), end([1], "discarded")]],
    ["unfinished", [did("a", 1), got("a", 1), did("b", 1), got("b", 1)]],
  ])("%s %#", (rule, history) => {
    expect(checkSteps(history, STEPS).map((broken) => broken.split(":")[0])).toEqual([rule]);
  });
});

const STEPS = ["a", "b"];
const seen = { job: "j", attempt: 1, by: "w" };

function did(step: string, value?: unknown): Seen {
  return { ...seen, kind: "did", step, value };
}

function got(step: string, value?: unknown): Seen {
  return { ...seen, kind: "got", step, value };
}

function kept(...steps: Kept["steps"]): Kept {
  return { kind: "kept", job: "j", steps };
}

function end(result: unknown, state = "completed"): Ended {
  return { kind: "ended", job: "j", state, result };
}
