import { describe, expect, it } from "vitest";
import { jobId } from "../support/jobs.ts";
import { checkCounters } from "./crash/checker.ts";
import { Recording } from "./crash/planted.ts";

const completed = { state: "completed", attempt: 1, result: "done", completed_at: "2026-01-01T00:00:00Z" };
const error = (message: string, attempt = 1) => ({ message, attempt });
const active = (worker: string, attempt = 1) => ({ state: "active", attempt, lease: attempt, worker_id: worker });

function recording(): Recording {
  return new Recording();
}

describe("the crash checker accepts", () => {
  it("a whole life", () => {
    const retried = { ...completed, attempt: 2, errors: [error("first")] };
    const history = recording().enqueue(1, retried).fetch(1).nack(1, "first", 200).fetch(1, { attempt: 2 });
    expect(history.ack(1, "done", 200, 2).violations()).toEqual([]);
  });

  it.each([
    ["an enqueue", recording().enqueue(1, "absent", "lost"), recording().enqueue(1, {}, "lost")],
    [
      "a batch",
      recording().batch([
        [1, "absent"],
        [2, "absent"],
      ]),
      recording().batch([
        [1, {}],
        [2, {}],
      ]),
    ],
    [
      "a fetch",
      recording().enqueue(1, {}).fetch(undefined, {}, "lost"),
      recording().enqueue(1, active("lost")).fetch(undefined, { worker: "lost" }, "lost"),
    ],
    [
      "an ack",
      recording().enqueue(1, active("w")).fetch(1, { worker: "w" }).ack(1, "done"),
      recording().enqueue(1, completed).fetch(1).ack(1, "done"),
    ],
    [
      "a nack",
      recording().enqueue(1, active("w")).fetch(1, { worker: "w" }).nack(1, "no"),
      recording()
        .enqueue(1, { state: "retryable", attempt: 1, errors: [error("no")] })
        .fetch(1)
        .nack(1, "no"),
    ],
    ["a cancellation", recording().enqueue(1, {}).cancel(1), recording().enqueue(1, { state: "cancelled" }).cancel(1)],
  ])("both outcomes of %s that was not answered", (_what, not, done) => {
    expect(not.violations()).toEqual([]);
    expect(done.violations()).toEqual([]);
  });

  it("a job that comes back after its lease could have ended", () => {
    const twice = { ...active("b", 2), errors: [error("visibility_timeout")] };
    const history = recording().enqueue(1, twice).fetch(1, { worker: "a", leaseMs: 500 });
    history.time += 600;
    expect(history.fetch(1, { worker: "b", attempt: 2 }).violations()).toEqual([]);
  });

  it("more claims than attempts when some were handed back, and an exhausted job when none was", () => {
    const back = { state: "available", attempt: 4, errors: [1, 2, 3, 4].map((n) => error(`${n}`, n)) };
    const lives = [1, 2, 3].reduce(
      (history, n) => history.fetch(1, { attempt: n }).nack(1, `${n}`, 200, { lease: n }),
      recording().enqueue(1, back),
    );
    lives.fetch(1, { attempt: 4 }).nack(1, "4", 200, { lease: 4, requeue: true, state: "available" });
    expect(lives.violations()).toEqual([]);

    const over = { state: "discarded", attempt: 3, errors: [1, 2, 3].map((n) => error(`${n}`, n)) };
    const ends = recording().enqueue(1, over);
    for (const n of [1, 2]) ends.fetch(1, { attempt: n }).nack(1, `${n}`, 200, { lease: n });
    ends.fetch(1, { attempt: 3 }).nack(1, "never came", "lost", { lease: 3, requeue: true });
    expect(ends.violations()).toEqual([]);
  });

  it("an ack that is repeated because its answer was lost", () => {
    const history = recording().enqueue(1, completed).fetch(1).ack(1, "done", "lost").ack(1, "done", 200);
    expect(history.ack(1, "done", 200).violations()).toEqual([]);
  });
});

describe("the crash checker reports", () => {
  const planted: readonly (readonly [string, string, Recording])[] = [
    ["a lost job", "lost-job", recording().enqueue(1, "absent")],
    [
      "a job lost from an accepted batch",
      "lost-job",
      recording().batch(
        [
          [1, "absent"],
          [2, "absent"],
        ],
        201,
      ),
    ],
    [
      "half a batch",
      "half-batch",
      recording().batch([
        [1, {}],
        [2, "absent"],
      ]),
    ],
    ["changed arguments", "changed-job", recording().enqueue(1, { args: [2] })],
    [
      "changed arguments at a handout",
      "changed-job",
      recording().enqueue(1, active("w")).fetch(1, { worker: "w", args: [] }),
    ],
    ["an undone ack", "undone-ack", recording().enqueue(1, active("w")).fetch(1, { worker: "w" }).ack(1, "done", 200)],
    [
      "a changed result",
      "undone-ack",
      recording()
        .enqueue(1, { ...completed, result: 1 })
        .fetch(1)
        .ack(1, "done", 200),
    ],
    ["a completion by nobody", "unexplained-completion", recording().enqueue(1, completed).fetch(1)],
    [
      "a completion by a refused ack",
      "unexplained-completion",
      recording().enqueue(1, completed).fetch(1).ack(1, "done", 409),
    ],
    [
      "a completion without its time",
      "half-ack",
      recording()
        .enqueue(1, { ...completed, completed_at: undefined })
        .fetch(1)
        .ack(1, "done"),
    ],
    [
      "a result without completion",
      "half-ack",
      recording()
        .enqueue(1, { ...active("w"), result: "done" })
        .fetch(1, { worker: "w" })
        .ack(1, "done"),
    ],
    [
      "two accepted acks",
      "two-acks",
      recording().enqueue(1, completed).fetch(1).ack(1, "done", 200).ack(1, "other", 200),
    ],
    ["a lost error", "lost-error", recording().enqueue(1, { attempt: 1 }).fetch(1).nack(1, "no", 200)],
    [
      "half a nack",
      "half-nack",
      recording()
        .enqueue(1, { ...active("w"), errors: [error("no")] })
        .fetch(1, { worker: "w" })
        .nack(1, "no"),
    ],
    [
      "the other half",
      "half-attempt",
      recording().enqueue(1, { state: "retryable", attempt: 1 }).fetch(1).nack(1, "no"),
    ],
    [
      "an error recorded twice",
      "repeated-error",
      recording()
        .enqueue(1, { attempt: 2, errors: [error("no"), error("no", 2)] })
        .fetch(1)
        .nack(1, "no", 200),
    ],
    [
      "a refused nack that is recorded",
      "refused-nack",
      recording()
        .enqueue(1, { attempt: 1, errors: [error("no")] })
        .fetch(1)
        .nack(1, "no", 409),
    ],
    [
      "an undone discard",
      "undone-nack",
      recording()
        .enqueue(1, { attempt: 1, errors: [error("no")] })
        .fetch(1)
        .nack(1, "no", 200, { state: "discarded" }),
    ],
    [
      "a discard too early",
      "unexplained-discard",
      recording()
        .enqueue(1, { state: "discarded", attempt: 1, errors: [error("no")] })
        .fetch(1)
        .nack(1, "no", 200),
    ],
    ["an undone cancellation", "undone-cancel", recording().enqueue(1, {}).cancel(1, 200)],
    ["a cancellation by nobody", "unexplained-cancel", recording().enqueue(1, { state: "cancelled" })],
    [
      "two live leases",
      "double-lease",
      recording()
        .enqueue(1, { ...active("b", 2), errors: [error("visibility_timeout")] })
        .fetch(1)
        .fetch(1, { worker: "b", attempt: 2 }),
    ],
    [
      "two live leases although another lease was nacked",
      "double-lease",
      recording()
        .enqueue(1, { ...active("b", 3), errors: [error("no"), error("gone", 2)] })
        .fetch(1)
        .nack(1, "no", 200)
        .fetch(1, { attempt: 2 })
        .fetch(1, { worker: "b", attempt: 3 }),
    ],
    [
      "one attempt for two workers",
      "repeated-attempt",
      recording().enqueue(1, active("b")).fetch(1).fetch(1, { worker: "b" }),
    ],
    [
      "a lease number that repeats",
      "repeated-lease",
      recording()
        .enqueue(1, { ...active("b", 2), errors: [error("no")] })
        .fetch(1)
        .nack(1, "no", 200)
        .fetch(1, { worker: "b", attempt: 2, lease: 1 }),
    ],
    [
      "a job handed out after its ack",
      "handed-out-after-end",
      recording()
        .enqueue(1, { ...completed, attempt: 2, errors: [error("gone", 2)] })
        .fetch(1)
        .ack(1, "done", 200)
        .fetch(1, { attempt: 2 }),
    ],
    [
      "a job handed out after its cancellation",
      "handed-out-after-end",
      recording().enqueue(1, { state: "cancelled", attempt: 1 }).cancel(1, 200).fetch(1),
    ],
    [
      "a refused ack of a live lease",
      "live-lease-refused",
      recording().enqueue(1, active("w")).fetch(1, { worker: "w" }).ack(1, "done", 409),
    ],
    ["a claim that was undone", "undone-claim", recording().enqueue(1, {}).fetch(1)],
    ["a claim by nobody", "unexplained-claim", recording().enqueue(1, active("nobody"))],
    [
      "more claims than lost fetches asked for",
      "unexplained-claim",
      recording().enqueue(1, active("w")).enqueue(2, active("w")).fetch(undefined, { worker: "w" }, "lost"),
    ],
    [
      "a lease that its worker was not told of",
      "ghost-lease",
      recording().enqueue(1, active("w")).fetch(undefined, { worker: "w" }),
    ],
    [
      "too many attempts",
      "too-many-attempts",
      recording()
        .enqueue(1, { ...active("w", 4), errors: [1, 2, 3].map((n) => error(`${n}`, n)) })
        .fetch(1, { worker: "w", attempt: 4 }),
    ],
    ["a job that nobody enqueued", "unknown-job", recording().fetch(7)],
    ["a failing server", "unexpected-status", recording().enqueue(1, "absent", 500)],
  ];

  it.each(planted)("%s", (_what, rule, history) => {
    expect(history.broken()).toContain(rule);
  });

  it("counters that a recount does not confirm", () => {
    const jobs = new Map([
      [jobId(1), { queue: "q", state: "available" }],
      [jobId(2), { queue: "other", state: "active" }],
    ]);
    const zero = { scheduled: 0, pending: 0, active: 0, completed: 0, retryable: 0, cancelled: 0, discarded: 0 };
    expect(checkCounters("q", { ...zero, available: 1 }, jobs)).toEqual([]);
    expect(checkCounters("q", { ...zero, available: 2 }, jobs).map(({ rule }) => rule)).toEqual(["wrong-counter"]);
  });
});
