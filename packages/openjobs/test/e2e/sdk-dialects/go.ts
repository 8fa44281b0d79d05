/** The Go SDK (sdk-wire-contract §5): a release candidate's version, names unescaped, what it does not know as zero. */
import { expect } from "vitest";
import type { Wire } from "../../support/raw-ojs.ts";
import { COMMON_PATHS, type Dialect, WRAPPED } from "./dialect.ts";

export const go: Dialect = {
  name: "Go",
  headers: [
    "User-Agent: Go-http-client/1.1",
    "Accept: application/openjobspec+json",
    "Authorization: Bearer T",
    "Content-Type: application/openjobspec+json",
    "Ojs-Version: 1.0.0-rc.1",
    "Accept-Encoding: gzip",
  ],
  bodies: {
    enqueue: (queue) =>
      `{"type":"go.job","args":[{"n":1}],"options":{"queue":"${queue}","retry":{"max_attempts":2,"initial_interval_ms":500,"backoff_coefficient":1.5,"max_interval_ms":1000,"jitter":true}}}`,
    batch: (queue) =>
      `{"jobs":[{"type":"go.job","args":[],"options":{"queue":"${queue}"}},{"type":"go.job","args":[],"options":{"queue":"${queue}"}}]}`,
    fetch: (queue) => `{"queues":["${queue}"],"count":17,"worker_id":"go-1"}`,
    ack: (id) => `{"job_id":"${id}","result":{"n":1}}`,
    nack: (id) => `{"job_id":"${id}","error":{"code":"handler_error","message":"it broke","retryable":true}}`,
    heartbeat: (ids) =>
      `{"worker_id":"go-1","state":"running","active_jobs":${ids.length},"active_job_ids":${JSON.stringify(ids)}}`,
    workflow: (queue) =>
      `{"name":"go","steps":[{"id":"step-0","type":"go.one","args":[{"n":1}],"depends_on":[],"options":{"queue":"${queue}"}},{"id":"step-1","type":"go.two","args":[],"depends_on":["step-0"],"options":{"queue":"${queue}","timeout_ms":5000}}]}`,
    cron: (name) =>
      `{"name":"${name}","cron":"0 9 * * *","timezone":"UTC","type":"go.job","args":[{"n":1}],"options":{"queue":"default"}}`,
  },
  paths: { ...COMMON_PATHS, deadLetters: (queue) => `/dead-letter?limit=10&offset=0&queue=${queue}` },
  reads: WRAPPED,
  // A result that is no object is where it gives a whole job up.
  accepts({ body }) {
    const jobs: readonly Wire[] = [body?.job ?? {}, ...(Array.isArray(body?.jobs) ? body.jobs : [])];
    for (const { result = {} } of jobs) expect(result).toBeTypeOf("object");
  },
};
