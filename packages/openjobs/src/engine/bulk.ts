/**
 * Bulk enqueue (ojs-bulk-operations §5). In a partial bulk no job depends on another. All the same a chunk of it is first
 * tried as one unit, which costs the storage and the committer a fraction; only when something is in the way of a job of
 * it do its jobs go separately.
 */
import { OjsError } from "../core/errors.ts";
import type { NewJob } from "../core/job-request.ts";
import { refusalOfUnattested } from "./attest/attest-policy.ts";
import { type Birth, birth } from "./birth.ts";
import { enqueueTogether } from "./bulk-decision.ts";
import { announceBulk } from "./bulk-event.ts";
import { enqueueBulkOnce } from "./bulk-once.ts";
import type { BulkEngine, BulkItem, BulkRequest } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";
import { admitAll, created, insertAll } from "./enqueue.ts";

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
    enqueueBulk: (asked) =>
      withinBounds(context, fitting(context, asked), async (request) => {
        const items = await (request.atomic ? enqueueTogether(context, request) : enqueueEach(context, request));
        announceBulk(context, request, items);
        return items;
      }),
    enqueueBulkOnce: (asked) =>
      withinBounds(context, fitting(context, asked), (request) => enqueueBulkOnce(context, request)),
  };
}

/** That its queue is full, or wants an attestation, is the outcome of a job like any other. */
function withinBounds<B extends BulkRequest, T>(
  { gate, queueConfigs }: EngineContext,
  asked: B,
  enqueue: (request: B) => Promise<T>,
): Promise<T> {
  const judged = (item: NewJob | OjsError): NewJob | OjsError =>
    item instanceof OjsError ? item : (refusalOfUnattested(queueConfigs, item) ?? item);
  const request = { ...asked, items: asked.items.map(judged) };
  const jobs = request.items.filter((item): item is NewJob => !(item instanceof OjsError));
  if (!gate.concerns(jobs)) return enqueue(request);
  return gate.each(jobs, (refusals) => {
    const verdicts = refusals.values();
    const items = request.items.map((item) => (item instanceof OjsError ? item : (verdicts.next().value ?? item)));
    return enqueue({ ...request, items });
  });
}

/** Jobs that do not fit their schema are errors from here on. */
function fitting<Request extends BulkRequest>({ schemas }: EngineContext, request: Request): Request {
  return { ...request, items: schemas.checkEach(request.items) };
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
    return await Promise.all(births.map((newborn, at) => enqueueAlone(context, newborn, chunk[at]?.index ?? at)));
  } catch (error) {
    if (error instanceof OjsError) return chunk.map(() => error);
    throw error;
  }
}

/** Something is in the way of some job of the chunk. A job that is known is answered without a try. */
async function enqueueAlone(context: EngineContext, newborn: Birth, index: number): Promise<BulkItem> {
  try {
    const [admitted] = await admitAll(context, [newborn], () => `jobs[${index}].id`);
    return admitted ?? created(newborn);
  } catch (error) {
    if (error instanceof OjsError) return error;
    throw error;
  }
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
