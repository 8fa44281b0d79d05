import { describe, expect, it } from "vitest";
import {
  completedEvent,
  type EventEntry,
  encodeEvent,
  eventSource,
  jobEvents,
  matchesEvent,
  queueEvent,
  workerEvent,
} from "../../src/core/events.ts";
import { readFailure } from "../../src/core/failure.ts";
import type { JobRecord } from "../../src/core/job.ts";
import { cancel, expire } from "../../src/core/lifecycle/end.ts";
import { failAttempt } from "../../src/core/lifecycle/fail.ts";
import { complete } from "../../src/core/lifecycle/lease.ts";
import type { Transition } from "../../src/core/lifecycle/transition.ts";
import {
  activeJob,
  apply,
  at,
  claim,
  extend,
  JOB_ID,
  jobIn,
  START,
  TERMS,
  waitingJob,
  withRetry,
} from "./sample-job.ts";

const EVENT_ID = "019b76da-b000-7000-8000-00000000000e";
const origin = { source: eventSource("server-1"), newId: () => EVENT_ID };
const NOW = START + 250;
const SUBJECT = { job_id: JOB_ID, job_type: "email.send", queue: "email" };

/** What readers get to see of a transition. */
function told(job: JobRecord, transition: Transition, now = NOW): { type: string; data: unknown }[] {
  const entries = jobEvents(transition, apply(job, transition), now, origin);
  return entries.map((entry) => JSON.parse(encodeEvent(entry))).map(({ type, data }) => ({ type, data }));
}

describe("the envelope", () => {
  it("has every required attribute", () => {
    const [entry] = jobEvents({ events: ["job.enqueued"] }, waitingJob({ priority: 5 }), START, origin);
    expect(JSON.parse(encodeEvent(entry as EventEntry))).toEqual({
      specversion: "1.0",
      id: `evt_${EVENT_ID}`,
      type: "job.enqueued",
      source: "ojs://openjobs/server/server-1",
      time: "2026-01-01T00:00:00.000Z",
      subject: JOB_ID,
      data: { ...SUBJECT, priority: 5 },
    });
  });

  it("stays a URI whatever the server is called", () => {
    expect(eventSource("pod 1/ä")).toBe("ojs://openjobs/server/pod%201%2F%C3%A4");
  });
});

describe("what events tell", () => {
  it("of a scheduled job: when it will be available", () => {
    const [entry] = jobEvents({ events: ["job.scheduled"] }, jobIn("scheduled"), START, origin);
    expect(JSON.parse(encodeEvent(entry as EventEntry)).data).toEqual({
      ...SUBJECT,
      scheduled_at: "2026-01-01T00:01:00.000Z",
    });
  });

  it("of a start: who, and which attempt", () => {
    const job = waitingJob();
    expect(told(job, claim(job, TERMS, NOW))).toEqual([
      { type: "job.started", data: { ...SUBJECT, worker_id: "worker-1", attempt: 1 } },
    ]);
  });

  it("of a heartbeat: until when the job is held", () => {
    const job = activeJob();
    expect(told(job, extend(job, NOW))).toEqual([
      {
        type: "job.heartbeat",
        data: { ...SUBJECT, worker_id: "worker-1", attempt: 1, visible_until: "2026-01-01T00:00:30.250Z" },
      },
    ]);
  });

  it("of a completion: how long it took, and the result as it came", () => {
    const job = activeJob();
    expect(told(job, complete(job, '{"id":1,"at":"x"}', NOW))).toEqual([
      { type: "job.completed", data: { ...SUBJECT, duration_ms: 250, attempt: 1, result: { id: 1, at: "x" } } },
    ]);
  });

  it("of a completion without a read job: the same", () => {
    const job = activeJob();
    const entry = completedEvent(job, "null", NOW, origin);
    expect(JSON.parse(encodeEvent(entry)).data).toEqual({ ...SUBJECT, duration_ms: 250, attempt: 1, result: null });
  });

  it("of a large result: nothing, because events are kept", () => {
    const entry = completedEvent(activeJob(), JSON.stringify("x".repeat(100_000)), NOW, origin);
    expect(JSON.parse(encodeEvent(entry)).data).not.toHaveProperty("result");
  });

  it("of a failure: the error, then when it is tried again", () => {
    const job = activeJob();
    const failure = readFailure({ type: "Smtp", code: "handler_error", message: "no", backtrace: ["at a", "at b"] });
    const error = { type: "Smtp", code: "handler_error", message: "no" };
    expect(told(job, failAttempt(job, failure, at(NOW)))).toEqual([
      {
        type: "job.failed",
        data: {
          ...SUBJECT,
          attempt: 1,
          error: { ...error, retryable: true, stack_trace: "at a\nat b" },
          duration_ms: 250,
        },
      },
      {
        type: "job.retrying",
        data: { ...SUBJECT, attempt: 1, max_attempts: 3, next_retry_at: "2026-01-01T00:00:01.250Z", error },
      },
    ]);
  });

  it("of the last failure: how many attempts counted", () => {
    const job = { ...activeJob({ maxAttempts: 1, attributes: withRetry({}) }), attempt: 3, returned: 2 };
    const [failed, discarded] = told(job, failAttempt(job, readFailure("no"), at(NOW)));
    expect(failed?.type).toBe("job.failed");
    expect(discarded).toEqual({
      type: "job.discarded",
      data: {
        ...SUBJECT,
        total_attempts: 1,
        last_error: { type: "handler_error", code: "handler_error", message: "no" },
      },
    });
  });

  it("of an expiry: since when, and how long it had", () => {
    const job = waitingJob({ expiresAt: START + 200 });
    expect(told(job, expire(job, NOW))).toEqual([
      {
        type: "job.expired",
        data: {
          ...SUBJECT,
          created_at: "2026-01-01T00:00:00.000Z",
          expired_at: "2026-01-01T00:00:00.250Z",
          ttl_ms: 200,
        },
      },
    ]);
  });

  it("of a cancellation: which job", () => {
    const job = waitingJob();
    expect(told(job, cancel(job, NOW))).toEqual([{ type: "job.cancelled", data: SUBJECT }]);
  });

  it.each([
    ['{"trace_id":"abc"}', "abc"],
    ['{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}', "4bf92f3577b34da6a3ce929d0e0e4736"],
    ['{"traceparent":"nonsense"}', undefined],
    ['{"trace_id":5}', undefined],
    ['{"note":"\\"trace"}', undefined],
  ])("the trace of a job with meta %s", (meta, traceId) => {
    const entry = completedEvent(activeJob({ meta }), null, NOW, origin);
    expect(JSON.parse(encodeEvent(entry)).data.trace_id).toBe(traceId);
  });

  it("of queues: their name", () => {
    const entry = queueEvent("queue.paused", "email", NOW, origin);
    expect(JSON.parse(encodeEvent(entry))).toMatchObject({ subject: "email", data: { queue: "email" } });
  });

  it.each([
    ["worker.started", { queues: ["email"], concurrency: 4 }],
    ["worker.heartbeat", { queues: ["email"], active_jobs: 2 }],
    ["worker.quiet", { active_jobs: 2 }],
    ["worker.stopped", { reason: "shutdown", uptime_ms: 250 }],
  ] as const)("of a worker: %s", (type, data) => {
    const worker = { id: "worker-1", queues: ["email"], concurrency: 4, activeJobs: 2, startedAt: START };
    const event = JSON.parse(encodeEvent(workerEvent(type, worker, NOW, origin)));
    expect(event).toMatchObject({ type, subject: "worker-1" });
    expect(event.data).toEqual({ worker_id: "worker-1", ...data });
  });
});

describe("an entry", () => {
  it("does not keep the payload of its job alive", () => {
    const job = { ...activeJob({ args: '["a secret as large as a megabyte"]' }) };
    const entries = jobEvents({ events: ["job.started", "job.heartbeat", "job.enqueued"] }, job, NOW, origin);
    expect(JSON.stringify(entries)).not.toContain("megabyte");
  });
});

describe("filtering", () => {
  const [job] = jobEvents({ events: ["job.started"] }, activeJob(), NOW, origin) as [EventEntry];
  const queue = queueEvent("queue.paused", "email", NOW, origin);

  it.each([
    [{}, true, true],
    [{ types: ["job.started"] }, true, false],
    [{ queues: ["email"] }, true, true],
    [{ queues: ["other"] }, false, false],
    [{ jobTypes: ["email.send"] }, true, false],
    [{ types: ["job.started"], queues: ["other"] }, false, false],
    [{ types: [] }, false, false],
  ])("by %j", (filter, wantsJob, wantsQueue) => {
    expect([matchesEvent(job, filter), matchesEvent(queue, filter)]).toEqual([wantsJob, wantsQueue]);
  });
});
