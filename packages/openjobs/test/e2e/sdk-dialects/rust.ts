/** The Rust SDK, 0.4.0 (sdk-wire-contract §1.1–1.6, §7): flat answers, seven retry keys, names escaped to the last hyphen. */
import { RUST } from "../sdk-speaker.ts";
import type { Dialect } from "./dialect.ts";

const RETRY =
  '{"max_attempts":1,"initial_interval":"PT1S","backoff_coefficient":2.0,"max_interval":"PT5M","jitter":true,"non_retryable_errors":[],"on_exhaustion":"dead_letter"}';

const escaped = (name: string): string =>
  name.replaceAll(/[^a-zA-Z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

export const rust: Dialect = {
  name: "Rust",
  headers: RUST,
  bodies: {
    enqueue: (queue) => `{"type":"email.send","args":[{"to":"u@e.com"}],"options":{"queue":"${queue}","priority":3}}`,
    batch: (queue) =>
      `{"jobs":[{"type":"notify","args":[{"user_id":1}],"options":{"queue":"${queue}","retry":${RETRY}}},{"type":"notify","args":[{"user_id":2}],"options":{"queue":"${queue}"}}]}`,
    fetch: (queue) => `{"queues":["${queue}"],"count":10,"worker_id":"worker_019b76da"}`,
    ack: (id) => `{"job_id":"${id}","result":{"message_id":"msg_123"}}`,
    nack: (id) => `{"job_id":"${id}","error":{"code":"handler_error","message":"it broke","retryable":true}}`,
    heartbeat: (ids) => `{"worker_id":"worker_019b76da","active_jobs":${JSON.stringify(ids)}}`,
    workflow: (queue) =>
      `{"name":"ETL Pipeline","steps":[{"id":"step-0","type":"data.fetch","args":[{"url":"https://api.example.com"}],"options":{"queue":"${queue}"}},{"id":"step-1","type":"data.notify","args":[{"channel":"slack"}],"depends_on":["step-0"],"options":{"queue":"${queue}"}}]}`,
    cron: (name) =>
      `{"name":"${name}","cron":"0 9 * * *","timezone":"UTC","type":"report.generate","args":{"of":"yesterday"},"overlap_policy":"skip","enabled":true}`,
  },
  paths: {
    queue: (name, action) => `/queues/${escaped(name)}/${action}`,
    cron: (name) => `/cron/${escaped(name)}`,
    deadLetters: (queue) => `/dead-letter?queue=${escaped(queue)}&limit=10&offset=0`,
  },
  reads: {
    created: ({ job }) => job,
    job: (body) => body,
    workflow: (body) => body,
    cron: (body) => body,
    stats: ({ queue, stats }) => ({ queue, available: stats.available }),
  },
  subscription: {
    headers: ["accept: text/event-stream", "cache-control: no-cache", "authorization: Bearer T"],
    path: (id) => `/events/stream?channel=job%3A${id}`,
  },
  // The speaker holds every answer up to its decoder.
  accepts: () => undefined,
};
