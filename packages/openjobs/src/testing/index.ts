/**
 * What applications test their jobs with: `openjobs/testing`. The real engine on memory, a clock that stands still until the test
 * moves it, no network, and as many at the same time as there are tests (ojs-testing).
 */
export type { CronMatch, FiredMatch } from "./assertions/cron-assertions.ts";
export type { EventMatch, EventType } from "./assertions/event-assertions.ts";
export type { ErrorMatch, JobKind, JobMatch, JobMatchOf, JobOf } from "./assertions/job-match.ts";
export type { Moment } from "./assertions/moment.ts";
export { TestAssertionError } from "./assertions/test-assertion-error.ts";
export type { StepsMatch, WorkflowKind, WorkflowMatch } from "./assertions/workflow-match.ts";
export {
  buildContext,
  type ContextParts,
  type ContextTools,
  type EarlierWork,
  type TestContext,
} from "./build-context.ts";
export { buildJob, type DefinedJobParts, type JobMembers, type JobParts } from "./build-job.ts";
export type { LogLine, RecordedWork } from "./context-record.ts";
export { TestClock } from "./test-clock.ts";
export { createTestOjs, TestOjs } from "./test-ojs.ts";
export type { AdvanceOptions, DrainOptions, TestMode, TestOjsOptions } from "./test-options.ts";
export {
  type Reply,
  type ReplyError,
  type ReplyErrorCode,
  type ReplyHead,
  type ReplyLoss,
  reply,
} from "./wire/reply.ts";
export type { RequestMatch, SentMatch, SentRequest } from "./wire/sent-request.ts";
export {
  createTestTransport,
  type Scripting,
  TestTransport,
  type TestTransportOptions,
} from "./wire/test-transport.ts";
