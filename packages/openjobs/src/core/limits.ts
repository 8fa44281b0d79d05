/** Every bound and every default that more than one part of the system has to agree on. Bytes are UTF-8 bytes. */

/** Upper bounds; what exceeds them is refused, never cut (ojs-payload-limits, ojs-http-binding §17). */
export const LIMITS = {
  /** One job as compact JSON. */
  jobBytes: 1_048_576,
  /** The `data` of a progress report (ojs-progress §5.2), in bytes. */
  progressBytes: 4_096,
  progressMessageChars: 1_000,
  /** The `meta` of one job as compact JSON. */
  metaBytes: 65_536,
  /** One request body, after decompression. */
  bodyBytes: 16_777_216,
  batchJobs: 10_000,
  /** Jobs that one atomic operation cancels, retries or deletes: they are one commit, and it must not stop the others. */
  atomicJobs: 1_000,
  /** Jobs that the answer to an operation on a filter names one by one; all of them are counted. */
  namedJobs: 10_000,
  /** Jobs of a workflow, nested ones and callbacks included. */
  workflowSteps: 10_000,
  /** Workflows inside of workflows; the outermost one counts as 1. */
  workflowDepth: 8,
  /** Results of steps before it that a step of a chain is given. */
  chainResults: 100,
  /** Results that travel together, as JSON; what is over it is replaced by a reference. */
  resultsBytes: 1_048_576,
  /** Names and ids of workflows and steps. */
  nameChars: 255,
  /** Nesting of arrays and objects; the outermost one counts as 1. */
  depth: 32,
  typeChars: 255,
  queueChars: 128,
  tags: 100,
  tagChars: 255,
  workerIdChars: 255,
  /** Smallest and largest priority. */
  priorityMin: -100,
  priorityMax: 100,
  /** A year: the longest timeout and visibility timeout. */
  timeoutMs: 31_536_000_000,
  pageDefault: 50,
  pageMax: 200,
  /** For clients without cursors; beyond it only a cursor goes on. */
  offsetMax: 10_000,
  /** Jobs per fetch; a larger `count` is treated as this one. */
  fetchCountMax: 1_000,
  /** Outcomes in one exchange. */
  exchangeOutcomes: 1_000,
  rateLimitKeyChars: 255,
  /** Jobs that a rate limit can allow at the same time or in a period. */
  rateLimit: 1_000_000,
  cronNameChars: 255,
  cronExpressionChars: 255,
  cronDescriptionChars: 4_096,
  /** Runs that a cron job remembers. */
  cronRuns: 20,
  /** A JSON Schema document as compact JSON. To check it holds the event loop, for up to a third of a second at this size. */
  schemaBytes: 16_384,
  schemaVersionChars: 64,
  /** Every server keeps all of them in memory. */
  schemas: 1_000,
  /** Subscriptions that there can be: each is looked at for every event. */
  webhooks: 100,
  webhookUrlChars: 2_048,
  /** Types and families that a subscription names, and names in each list of its filter. */
  webhookEvents: 100,
  webhookFilterNames: 100,
  webhookMetadataBytes: 4_096,
  /** Endpoints that jobs can be pushed to, and names in each list of one. */
  pushEndpoints: 100,
  pushNames: 100,
  /** Jobs that one endpoint can have at a time, and how long it can take for one. */
  pushConcurrency: 1_000,
  pushTimeoutMs: 900_000,
  /** How long a fetch may wait for work, in milliseconds; a longer `wait_ms` is treated as this one. */
  waitMaxMs: 30_000,
} as const;

/** What applies when nobody says otherwise. Times are milliseconds. */
export const DEFAULTS = {
  queue: "default",
  priority: 0,
  /** Execution timeout of one attempt (ojs-core §5.2). */
  timeoutMs: 1_800_000,
  /** Lease length (ojs-worker-protocol §5.2; http-binding's 30 s would reclaim jobs that official cases hold for 65 s). */
  visibilityMs: 1_800_000,
  /** Silence after which a worker that has beaten is dead (ojs-worker-protocol §10). */
  deadWorkerMs: 30_000,
  /** How long an idempotency key stands for its request (ojs-bulk-operations §10.2). */
  answerKeptMs: 86_400_000,
  /** Jobs that an endpoint has at a time, and how long it may take (ojs-serverless §2.1). */
  pushConcurrency: 10,
  pushTimeoutMs: 30_000,
  /** Failed attempts that a job remembers. */
  errorHistory: 25,
  backtraceFrames: 50,
  backtraceChars: 10_000,
} as const;
