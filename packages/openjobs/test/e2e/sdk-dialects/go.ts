/** The Go SDK (sdk-wire-contract §5): a release candidate's version, names unescaped, what it does not know as zero. */
import { anything, defaulted, float, integer, map, struct, text, timestamp } from "../../support/strict/serde.ts";
import { COMMON_PATHS, type Dialect, WRAPPED } from "./dialect.ts";
import { expectNeeds, type Needs } from "./needs.ts";

const int = defaulted(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
const float64 = defaulted(float);

/** What is missing is zero there; what is of another type ends the parse of the whole answer. */
const NEEDS: Needs = {
  queue: struct({ name: defaulted(text), status: defaulted(text), created_at: defaulted(timestamp) }),
  stats: struct({
    queue: defaulted(text),
    status: defaulted(text),
    computed_at: defaulted(text),
    stats: defaulted(
      struct({
        available: int,
        active: int,
        scheduled: int,
        retryable: int,
        discarded: int,
        completed_last_hour: int,
        failed_last_hour: int,
        avg_duration_ms: float64,
        avg_wait_ms: float64,
        throughput_per_second: float64,
      }),
    ),
  }),
  cronJob: anything,
  job: struct({ result: defaulted(map) }),
};

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
  accepts: ({ body }) => expectNeeds(body, NEEDS),
};
