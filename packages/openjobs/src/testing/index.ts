/**
 * What applications test their jobs with: `openjobs/testing`. The real engine on memory, a clock that stands still until the test
 * moves it, no network, and as many at the same time as there are tests (ojs-testing).
 */
export {
  buildContext,
  type ContextParts,
  type ContextTools,
  type EarlierWork,
  type TestContext,
} from "./build-context.ts";
export { buildJob, type DefinedJobParts, type JobMembers, type JobParts } from "./build-job.ts";
export type { LogLine, RecordedWork } from "./context-record.ts";
export type { JobMatch } from "./job-match.ts";
export { TestAssertionError } from "./test-assertion-error.ts";
export { TestClock } from "./test-clock.ts";
export {
  type AdvanceOptions,
  createTestOjs,
  type DrainOptions,
  type TestMode,
  TestOjs,
  type TestOjsOptions,
} from "./test-ojs.ts";
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
