/**
 * Bulk enqueue (ojs-bulk-operations §5). In a partial bulk no job depends on another. All the same a chunk of it is first
 * tried as one unit, which costs the storage and the committer a fraction; only when an id of it is taken do its jobs go
 * separately.
 */
import { OjsError } from "../core/errors.ts";
import type { NewJob } from "../core/job-request.ts";
import type { NewJobOutcome } from "../core/lifecycle/enqueue.ts";
import { enqueueTogether } from "./bulk-decision.ts";
import { enqueueBulkOnce } from "./bulk-once.ts";
import type { BulkEngine, BulkItem, BulkRequest } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";
import { birth, insertAll, refusal, sameRequest } from "./enqueue.ts";
import { answered } from "./storage-trouble.ts";

/** Jobs in one unit: no more than fit into a group beside others, so that a large bulk does not hold them up. */
const CHUNK = 250;

/** A job and its place in the bulk. */
interface Placed {
  readonly index: number;
  readonly request: NewJob;
}

/** The operations on bulks. */
export function bulkOperations(context: EngineContext): BulkEngine {
  return {
    enqueueBulk: (request) => (request.atomic ? enqueueTogether(context, request) : enqueueEach(context, request)),
    enqueueBulkOnce: (request) => enqueueBulkOnce(context, request),
  };
}

async function enqueueEach(context: EngineContext, { items }: BulkRequest): Promise<readonly BulkItem[]> {
  const placed = items.flatMap((item, index) => (item instanceof OjsError ? [] : [{ index, request: item }]));
  const outcomes: (BulkItem | undefined)[] = items.map((item) => (item instanceof OjsError ? item : undefined));
  await Promise.all(
    chunksOf(placed).map(async (chunk) => {
      const done = await enqueueChunk(context, chunk);
      chunk.forEach(({ index }, position) => {
        outcomes[index] = done[position];
      });
    }),
  );
  return outcomes.map(present);
}

/** Trouble with the storage is the outcome of every job of the chunk; others may have been stored. */
async function enqueueChunk(context: EngineContext, chunk: readonly Placed[]): Promise<readonly BulkItem[]> {
  const births = chunk.map(({ request }) => birth(context, request));
  try {
    if (await insertAll(context, births)) return births.map(created);
    return await enqueueSeparately(context, chunk, births);
  } catch (error) {
    if (error instanceof OjsError) return chunk.map(() => error);
    throw error;
  }
}

/** Some id is taken. Ids that are known are answered without a try, so that a repeated bulk writes nothing. */
async function enqueueSeparately(
  context: EngineContext,
  chunk: readonly Placed[],
  births: readonly NewJobOutcome[],
): Promise<readonly BulkItem[]> {
  const stored = await answered(context.storage.jobs.get(births.map(({ job }) => job.id)));
  return Promise.all(
    births.map(async (newborn, position): Promise<BulkItem> => {
      const { job } = newborn;
      const field = `jobs[${chunk[position]?.index}].id`;
      const before = stored[position];
      if (before === undefined && (await insertAll(context, [newborn]))) return created(newborn);
      const [existing] = before === undefined ? await answered(context.storage.jobs.get([job.id])) : [before];
      const same = sameRequest(job, existing);
      return same === undefined ? refusal(existing, field) : { job: same, created: false };
    }),
  );
}

function created({ job }: NewJobOutcome): BulkItem {
  return { job, created: true };
}

function chunksOf(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const chunks: (readonly Placed[])[] = [];
  for (let start = 0; start < placed.length; start += CHUNK) chunks.push(placed.slice(start, start + CHUNK));
  return chunks;
}

function present(outcome: BulkItem | undefined): BulkItem {
  if (outcome === undefined) throw new Error("A job of the bulk has no outcome.");
  return outcome;
}
