/** The Python SDK on httpx (sdk-wire-contract §5): one job a fetch, callbacks with underscores, and only what calls itself JSON. */
import { expect } from "vitest";
import { anything, optional, required, struct, text, timestamp } from "../../support/strict/serde.ts";
import { COMMON_PATHS, type Dialect, WRAPPED } from "./dialect.ts";
import { expectNeeds, type Needs } from "./needs.ts";

const HEADERS = [
  "Accept: application/openjobspec+json",
  "Accept-Encoding: gzip, deflate",
  "Connection: keep-alive",
  "User-Agent: python-httpx/0.28.1",
  "Content-Type: application/openjobspec+json",
  "OJS-Version: 1.0",
  "Authorization: Bearer T",
];

/** What it takes out of an answer by name without a way around. */
const NEEDS: Needs = {
  queue: struct({ name: required(text), created_at: optional(timestamp) }),
  stats: struct({ queue: required(text), computed_at: optional(timestamp) }),
  cronJob: anything,
  job: struct({ id: required(text), type: required(text) }),
};

export const python: Dialect = {
  name: "Python",
  headers: HEADERS,
  bodies: {
    enqueue: (queue) => `{"type":"py.job","args":["ü"],"options":{"queue":"${queue}"}}`,
    batch: (queue) =>
      `{"jobs":[{"type":"py.job","args":[1],"options":{"queue":"${queue}"}},{"type":"py.job","args":[2],"options":{"queue":"${queue}"}}]}`,
    fetch: (queue) => `{"queues":["${queue}"],"count":1,"visibility_timeout_ms":30000,"worker_id":"py-1"}`,
    ack: (id) => `{"job_id":"${id}","result":{"ok":true}}`,
    nack: (id) =>
      `{"job_id":"${id}","error":{"code":"handler_error","message":"it broke","retryable":true,"details":{"error_class":"ValueError","stack_trace":"Traceback (most recent call last):\\n"}}}`,
    heartbeat: (ids) => `{"worker_id":"py-1","active_jobs":${JSON.stringify(ids)},"visibility_timeout_ms":30000}`,
    workflow: (queue) =>
      `{"name":"py","steps":[{"id":"step-0","type":"py.one","args":["ü"],"depends_on":[],"options":{"queue":"${queue}"}},{"id":"on_complete","type":"py.two","args":[],"depends_on":["step-0"],"options":{"callback_type":"on_complete","queue":"${queue}"}}]}`,
    cron: (name) => `{"name":"${name}","cron":"0 9 * * *","timezone":"UTC","type":"py.job","args":[]}`,
  },
  paths: COMMON_PATHS,
  reads: WRAPPED,
  subscription: {
    headers: [
      "Accept: text/event-stream",
      "User-Agent: python-httpx/0.28.1",
      "Cache-Control: no-cache",
      "Authorization: Bearer T",
    ],
    path: (id) => `/events/stream?channel=job:${id}`,
  },
  accepts({ headers, text: sent, body }) {
    expectNeeds(body, NEEDS);
    // Anything else it takes for an answer without content.
    expect(headers["content-type"]).toContain("application/json");
    // Before 3.11 Python reads three or six digits of a second's fraction, and no other number of them.
    for (const [, fraction] of sent.matchAll(/T\d\d:\d\d:\d\d\.(\d+)Z"/g)) expect([3, 6]).toContain(fraction?.length);
  },
};

/** Before it sent `OJS-Version`, and with the blanks and escapes of httpx before 0.28. */
export const earlyPython: Dialect = {
  ...python,
  name: "early Python",
  headers: HEADERS.filter((header) => !header.startsWith("OJS-Version")).map((header) =>
    header.replace("0.28.1", "0.27.0"),
  ),
  bodies: {
    ...python.bodies,
    enqueue: (queue) => `{"type": "py.job", "args": ["\\u00fc"], "options": {"queue": "${queue}"}}`,
    fetch: (queue) => `{"queues": ["${queue}"], "count": 1, "visibility_timeout_ms": 30000, "worker_id": "py-1"}`,
  },
};
