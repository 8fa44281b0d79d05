import { OjsError } from "../core/errors.ts";
import type { BulkItem, BulkRequest } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";

/** Tells that a bulk enqueue is over (ojs-bulk-operations §12.1). */
export function announceBulk(
  { announcer, clock }: EngineContext,
  { atomic }: BulkRequest,
  items: readonly BulkItem[],
): void {
  const failed = items.filter((item) => item instanceof OjsError).length;
  const counts = { total: items.length, succeeded: items.length - failed, failed };
  announcer.bulk("bulk.enqueue.completed", { ...counts, atomicity: atomic ? "atomic" : "partial" }, clock.now());
}
