/** The operator's client, apart from the SDK's entry: who only enqueues loads nothing of it. */

export { OjsAdmin } from "./admin.ts";
export type { JobQuery, PurgeOptions } from "./calls.ts";
export type {
  DeadLetterStats,
  JobCounts,
  RateLimitInfo,
  ServerStats,
  WorkerDetail,
  WorkerInfo,
  WorkerPage,
} from "./decode.ts";
