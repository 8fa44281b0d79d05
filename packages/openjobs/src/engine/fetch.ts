/** Fetch: claim jobs, and wait for them if asked to (ojs-core §7.2, design 3.6). */
import type { HandedJob } from "../core/handed-job.ts";
import type { JobRecord } from "../core/job.ts";
import { handBack } from "../core/lifecycle/release.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { Claim } from "../storage/storage.ts";
import { claimChosen } from "./chosen.ts";
import { withCheckpoints } from "./companions/checkpoints.ts";
import type { EngineContext } from "./context.ts";
import type { FetchRequest } from "./facade.ts";
import { move, nothing } from "./move.ts";
import { withParentResults } from "./parent-results.ts";
import type { Waiter } from "./waiters.ts";

/** How often a choosy fetch that waits looks for jobs. */
const LOOK_AGAIN_MS = 500;

/** Claims what is there; waits for the first job if there is nothing and the request says so. */
export async function fetch(context: EngineContext, request: FetchRequest): Promise<readonly HandedJob[]> {
  const jobs = await claimOrPark(context, request);
  const isStep = jobs.some(({ workflowId }) => workflowId !== null);
  const mayGoOn = context.checkpoints.mayBeOf(jobs);
  // Nearly always: members of workflows are told what came before them, and jobs what they left when they failed.
  if (!isStep && !mayGoOn) return jobs;
  try {
    const informed = isStep ? await withParentResults(context, jobs) : jobs;
    return mayGoOn ? await withCheckpoints(context, informed) : informed;
  } catch (error) {
    await release(context, jobs);
    throw error;
  }
}

async function claimOrPark(context: EngineContext, request: FetchRequest): Promise<readonly JobRecord[]> {
  if (request.waitMs <= 0) return claim(context, request);
  // Whoever is woken for a job that it does not want would have to find somebody who does: choosy fetches stand in no line.
  const waiter = context.waiters.register(request.choice === undefined ? request.queues : []);
  const unwatch = stopWhenOver(context, request, waiter);
  let jobs: readonly JobRecord[] = [];
  try {
    jobs = await (request.choice === undefined ? claimOrWait : claimNowAndThen)(context, request, waiter);
    return jobs;
  } finally {
    unwatch();
    waiter.leave(jobs);
  }
}

/** Gives jobs back whose claim nobody heard of. Jobs that moved on meanwhile are left alone. */
export async function release(context: EngineContext, jobs: readonly JobRecord[]): Promise<void> {
  await Promise.all(jobs.map((job) => releaseOne(context, job)));
}

async function claimOrWait(
  context: EngineContext,
  request: FetchRequest,
  waiter: Waiter,
): Promise<readonly JobRecord[]> {
  for (;;) {
    waiter.standInLine();
    const jobs = await claim(context, request);
    if (jobs.length > 0 || !(await waiter.woken())) return jobs;
  }
}

async function claimNowAndThen(
  context: EngineContext,
  request: FetchRequest,
  waiter: Waiter,
): Promise<readonly JobRecord[]> {
  for (;;) {
    const jobs = await claim(context, request);
    if (jobs.length > 0 || !(await waiter.stands(context.clock, LOOK_AGAIN_MS))) return jobs;
  }
}

async function claim(context: EngineContext, request: FetchRequest): Promise<readonly JobRecord[]> {
  const { queues, count, choice } = request;
  await context.dueWork.catchUp();
  if (choice === undefined) return claimFrom(context, request, { queues, limit: count });
  return claimChosen(context, { queues, count, choice }, (queue, only, limit) =>
    claimFrom(context, request, { queues: [queue], only, limit }),
  );
}

async function claimFrom(
  context: EngineContext,
  request: FetchRequest,
  wants: Pick<Claim, "queues" | "limit" | "only">,
): Promise<readonly JobRecord[]> {
  const { committer, announcer } = context;
  const { workerId, visibilityMs, signal } = request;
  const leaseMs = visibilityMs ?? DEFAULTS.visibilityMs;
  const terms = { ...wants, workerId, leaseMs, timeoutMs: DEFAULTS.timeoutMs };
  const wanted = (): boolean => signal?.aborted !== true;
  const { jobs, at } = await committer.claim({ claim: terms, wanted }, (claimed, commitAt) => {
    for (const job of claimed) announcer.claimed(job, commitAt);
    return { jobs: claimed, at: commitAt };
  });
  const good = (job: JobRecord): boolean => wanted() && (job.expiresAt === null || job.expiresAt > at);
  const useful = jobs.filter(good);
  await release(
    context,
    jobs.filter((job) => !good(job)),
  );
  // Only expired jobs came, which were behind the bounds of the catching up. It gets through them sooner or later.
  return useful.length === 0 && jobs.length > 0 && wanted() && wants.only === undefined
    ? claim(context, request)
    : useful;
}

function releaseOne({ committer, announcer }: EngineContext, { id, lease }: JobRecord): Promise<void> {
  return committer.decide({
    ids: [id],
    decide([job], { now }) {
      if (job?.state !== "active" || job.lease !== lease) return nothing(undefined);
      const { effects, committed } = move(announcer, job, handBack(job, null, now), now);
      return { effects, committed: () => void committed() };
    },
  });
}

/** Ends the wait at its time, or when nobody is there any more. */
function stopWhenOver({ clock }: EngineContext, { waitMs, signal }: FetchRequest, waiter: Waiter): () => void {
  const stop = (): void => waiter.stop();
  const cancel = clock.schedule(clock.now() + waitMs, stop);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  return () => {
    cancel();
    signal?.removeEventListener("abort", stop);
  };
}
