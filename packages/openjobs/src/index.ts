/**
 * The SDK: what runs wherever `fetch` does. Every name here is public API, so each is listed; the server is at
 * `openjobs/server`, storages are at `openjobs/storage/…`.
 */

export type { RequestOptions } from "./client/call.ts";
export type { CronJobQuery } from "./client/calls/cron.ts";
export type { DeadLetterQuery } from "./client/calls/dead-letters.ts";
export type { JobChanges } from "./client/calls/selections.ts";
export type { WorkflowQuery } from "./client/calls/workflows.ts";
export { type ClientOptions, OjsClient } from "./client/client.ts";
export type { ConnectionDeps, ConnectionOptions } from "./client/connection.ts";
export { FetchTransport, type FetchTransportOptions } from "./client/fetch-transport.ts";
export type {
  CronLiveEvent,
  DefinedJobEvent,
  EventOfJob,
  EventOfOneJob,
  GapEvent,
  JobLiveEvent,
  JobStateEvent,
  LiveEvent,
  LiveEventFacts,
  OtherLiveEvent,
  QueueLiveEvent,
  WorkerLiveEvent,
  WorkflowLiveEvent,
} from "./client/live/live-event.ts";
export type {
  DefinedJobsOptions,
  SubscribeChannelsOptions,
  SubscribeOptions,
} from "./client/live/subscribe-options.ts";
export type { LiveEvents } from "./client/live/subscription.ts";
export type { Logger } from "./client/logger.ts";
export type { RequestRetryOptions } from "./client/request-retry.ts";
export type { AwaitedJob, AwaitedWorkflow, ResultOptions, WorkflowOutcome } from "./client/results/result-options.ts";
export type { Transport, TransportRequest, TransportResponse, TransportStream } from "./client/transport.ts";
export { batch, chain, graph, group, step } from "./client/workflow-builders.ts";
export type { Clock } from "./core/clock.ts";
export type { CronJob, CronRun } from "./core/codec/cron-decode.ts";
export type { CronJobChanges, CronJobInput, CronJobOptions, OverlapPolicy } from "./core/codec/cron-definition.ts";
export type {
  EnqueueOptions,
  JobInput,
  PaceOptions,
  PriorityLevel,
  RateLimitOptions,
  RetryOptions,
  UniqueOptions,
} from "./core/codec/enqueue-options.ts";
export type { EventPage, EventQuery, OjsEvent } from "./core/codec/event-decode.ts";
export type { JobCheckpoint, JobHistoryEvent, JobProgress } from "./core/codec/job-course.ts";
export type { Job, JobStateWord, JobUniqueness } from "./core/codec/job-decode.ts";
export type { JobError } from "./core/codec/job-error.ts";
export type { JobFilter, JobSelection, SelectedJob, SelectionResult } from "./core/codec/job-selection.ts";
export type { Page, PageOptions } from "./core/codec/page-decode.ts";
export type { QueueInfo, QueueStats } from "./core/codec/queue-decode.ts";
export type { QueueBoundOptions, QueueConfig, QueueConfigChanges, QueueDefaults } from "./core/codec/queue-settings.ts";
export type { Health, Manifest } from "./core/codec/system-decode.ts";
export {
  WORKFLOW_STATES,
  type Workflow,
  type WorkflowError,
  type WorkflowState,
  type WorkflowStateWord,
  type WorkflowStep,
} from "./core/codec/workflow-decode.ts";
export type {
  Batch,
  BatchCallbacks,
  Chain,
  Composition,
  Graph,
  GraphStep,
  GraphSteps,
  Group,
  Step,
  StepOptions,
  WorkflowDefinition,
  WorkflowMember,
} from "./core/codec/workflow-definition.ts";
export {
  type DefinedJob,
  defineJob,
  type JobDefaults,
  type JobDefinition,
  type JobDescription,
  type JobEventFacts,
  type JobSchemas,
} from "./core/definition/define-job.ts";
export type { SchemaIssue } from "./core/definition/schema-issues.ts";
export type { StandardSchema } from "./core/definition/standard-schema.ts";
export type { WorkflowResults } from "./core/definition/workflow-results.ts";
export type { Duration } from "./core/duration.ts";
export {
  OjsAuthError,
  OjsBackendError,
  OjsConflictError,
  OjsConnectionError,
  OjsError,
  OjsNotFoundError,
  OjsQueuePausedError,
  OjsRateLimitError,
  OjsTimeoutError,
  OjsValidationError,
} from "./core/errors.ts";
export { JOB_STATES, type JobState } from "./core/job.ts";
export type { JobArgs, TravelledArgs } from "./core/job-args.ts";
export { OjsJobFailedError } from "./core/job-failed-error.ts";
export type { BackoffStrategy, ExhaustionAction, RetryPolicy } from "./core/retry.ts";
export { SPEC_VERSION } from "./core/spec-version.ts";
export type { ConflictAction, UniqueDimension } from "./core/unique-policy.ts";
export { OjsWorkflowFailedError } from "./core/workflow-failed-error.ts";
export type { JobContext, JobHandler } from "./middleware/job-context.ts";
export type {
  EnqueueNext,
  EnqueuePath,
  ExecuteNext,
  ExecutionChanges,
  Middleware,
  OutgoingJob,
  SubmittedJob,
} from "./middleware/middleware.ts";
export { MiddlewareError } from "./middleware/middleware-error.ts";
export { type AbortCause, JobAbortError } from "./worker/abort-reason.ts";
export type { WorkerConnectionOptions } from "./worker/connect.ts";
export type { ErrorReporting } from "./worker/error-reporter.ts";
export type { FailureReport } from "./worker/failure-report.ts";
export type { HandlerRegistry } from "./worker/handler-registry.ts";
export type { HandlerOptions } from "./worker/handlers.ts";
export type { WorkerHealth, WorkerHealthStatus } from "./worker/health.ts";
export type { OjsWorkerState } from "./worker/lifecycle.ts";
export {
  DeadLetterError,
  DiscardError,
  OutcomeError,
  type OutcomeErrorOptions,
  RetryError,
  type RetryErrorOptions,
  SnoozeError,
} from "./worker/outcome-errors.ts";
export { OjsWorker, type WorkerOptions } from "./worker/worker.ts";
export type { QueueLimit, WorkerBehaviour } from "./worker/worker-options.ts";
