/** The JavaScript SDK, 0.4.0, on Node's `fetch` (sdk-wire-contract §2.2): typed workflows and flat ones back, a number of jobs in heartbeats. */
import { expect } from "vitest";
import { array, bool, optional, required, struct, text, timestamp, u64 } from "../../support/strict/serde.ts";
import { COMMON_PATHS, type Dialect, WRAPPED } from "./dialect.ts";
import { expectNeeds, type Needs } from "./needs.ts";

/** As its types have it; it checks nothing itself. */
const NEEDS: Needs = {
  queue: struct({ name: required(text), paused: optional(bool) }),
  stats: struct({
    name: required(text),
    paused: required(bool),
    available: required(u64),
    active: required(u64),
    scheduled: required(u64),
    retryable: required(u64),
    completed: required(u64),
    discarded: required(u64),
  }),
  cronJob: struct({
    name: required(text),
    cron: required(text),
    type: required(text),
    args: required(array),
    status: required(text),
    created_at: required(timestamp),
  }),
  job: struct({
    id: required(text),
    type: required(text),
    queue: required(text),
    args: required(array),
    error: optional(struct({ code: required(text), message: required(text) })),
  }),
};

export const javascript: Dialect = {
  name: "JavaScript",
  headers: [
    "connection: keep-alive",
    "Content-Type: application/openjobspec+json",
    "Accept: application/openjobspec+json",
    "OJS-Version: 1.0",
    "Authorization: Bearer T",
    "accept-language: *",
    "sec-fetch-mode: cors",
    "user-agent: node",
    "accept-encoding: gzip, deflate",
  ],
  bodies: {
    enqueue: (queue) =>
      `{"type":"a.b","args":[{"x":1}],"meta":{"m":1},"options":{"queue":"${queue}","retry":{"max_attempts":2}}}`,
    batch: (queue) =>
      `{"jobs":[{"type":"a.b","args":[{"x":1}],"options":{"queue":"${queue}"}},{"type":"a.b","args":[{"x":2}],"options":{"queue":"${queue}"}}]}`,
    fetch: (queue) => `{"queues":["${queue}"],"count":10,"worker_id":"worker-1","visibility_timeout_ms":30000}`,
    ack: (id) => `{"job_id":"${id}","result":{"sent":true}}`,
    nack: (id) =>
      `{"job_id":"${id}","error":{"code":"handler_error","message":"it broke","retryable":true,"details":{"stack":"Error: it broke\\n    at handler (/app/index.js:1:1)"}}}`,
    heartbeat: (ids) =>
      `{"worker_id":"worker-1","state":"running","active_jobs":${ids.length},"active_job_ids":${JSON.stringify(ids)},"hostname":"host","pid":7,"queues":["default"],"concurrency":10,"labels":[]}`,
    workflow: (queue) =>
      `{"type":"chain","name":"etl","steps":[{"type":"c.d","args":[{}],"options":{"queue":"${queue}"}},{"type":"e.f","args":[],"options":{"queue":"${queue}","retry":{"maxAttempts":5}}}]}`,
    cron: (name) => `{"name":"${name}","cron":"*/5 * * * *","type":"a.b","args":[{"of":1}],"timezone":"UTC"}`,
  },
  paths: COMMON_PATHS,
  reads: {
    ...WRAPPED,
    workflow: (body) => body,
    stats: ({ name, available }) => ({ queue: name, available }),
  },
  subscription: {
    // The client's key is the whole header; given to a subscription, it gets the word once more.
    headers: [
      "Accept: text/event-stream",
      "Cache-Control: no-cache",
      "Authorization: Bearer Bearer T",
      "user-agent: node",
    ],
    path: (id) => `/events/stream?channel=job%3A${id}`,
  },
  accepts({ status, text: sent, body }) {
    // It parses every answer but a 204 as JSON, also where it does not look at it.
    expect([status, sent === ""]).toEqual([status, status === 204]);
    expectNeeds(body, NEEDS);
  },
};
