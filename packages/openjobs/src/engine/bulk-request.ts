/** Bulk enqueue as the engine sees it (ojs-bulk-operations §5, §10): each job of a bulk has an outcome of its own. */
import type { OjsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import type { NewJob } from "../core/job-request.ts";
import type { Enqueued } from "./enqueued.ts";

/** Many jobs in one request. */
export interface BulkRequest {
  /** Checked jobs; or why an item is none, which is then its outcome. */
  readonly items: readonly (NewJob | OjsError)[];
  /** True = all or nothing. */
  readonly atomic: boolean;
}

/** What became of one item: the job, or why there is none. */
export type BulkItem = Enqueued | OjsError;

/** A bulk that is carried out once, however often it is asked for. */
export interface KeyedBulk extends BulkRequest {
  /** The client's; a day long it stands for this request. */
  readonly key: string;
  /** The same for the same request only. */
  readonly digest: string;
  /** Makes the answer that is kept. */
  readonly answer: (items: readonly BulkItem[]) => BulkAnswer;
}

/** An answer as it is kept and given again. */
export interface BulkAnswer {
  readonly status: number;
  readonly body: JsonText;
}

/** The part of an engine that takes bulks. */
export interface BulkEngine {
  /**
   * Enqueues each job by itself, or all or none of them when `atomic`; outcomes are those of the items, index by index.
   * An id that was here before is answered as by `enqueue`.
   */
  enqueueBulk(request: BulkRequest): Promise<readonly BulkItem[]>;
  /**
   * The same, and its answer becomes durable in the same commit: repeating the request is answered the same and enqueues
   * nothing, also after a crash. `conflict` when another request had the key.
   */
  enqueueBulkOnce(request: KeyedBulk): Promise<BulkAnswer>;
}
