/** Jobs whose workers die, one after the other, until one is left that does not. */
import { expect } from "vitest";
import type { Storage } from "../../../src/storage/storage.ts";
import { seeded } from "../crash/random.ts";
import { type Child, startChild } from "./child.ts";
import { type KillSite, openKillSite } from "./kill-site.ts";
import { checkSteps, type Ended, type Kept, type Seen } from "./step-history.ts";

const STEPS = ["reserve", "charge", "label", "mail"];

/** Where a worker dies. "It" is the result of a step, on its way to the server. */
export const MOMENTS = [
  "before the work",
  "after the work",
  "before it is sent",
  "while it is sent",
  "when it is kept",
  "between steps",
  "before the outcome",
] as const;

export type Moment = (typeof MOMENTS)[number];

/** What a seed does not decide. */
export interface StepRound {
  readonly storage: Storage;
  readonly jobs: number;
  /** A worker for each dies there, one after the other. */
  readonly moments: readonly Moment[];
  /** Whether handlers run in threads. */
  readonly isolated?: boolean;
  /** Planted: steps count before they are kept. */
  readonly forgets?: boolean;
}

/** @returns What was broken, and how often a step was done again. */
export async function stepRound(
  seed: number,
  { storage, jobs, moments, isolated = false, forgets = false }: StepRound,
): Promise<{ readonly broken: readonly string[]; readonly repeated: number }> {
  const random = seeded(seed);
  await using site = await openKillSite(storage, random.next);
  const work = (plan: object): Child =>
    startChild("step-worker.mjs", { url: site.url, steps: STEPS, isolated, forgets, ...plan });
  const job = { type: "test.steps", args: [], options: { retry: { maxAttempts: 50 } } };
  const ids = (await site.client.enqueueBatch(Array.from({ length: jobs }, () => job))).map(({ id }) => id);
  const history: (Seen | Kept | Ended)[] = [];
  for (const [index, moment] of moments.entries()) {
    // A job comes to its end once, to its steps four times.
    const count = moment === "before the outcome" ? 1 : random.between(1, 4);
    await using worker = work({ id: `worker-${index}`, moment, count });
    expect((await worker.ended).signal, `seed ${seed}: ${moment}, time ${count}`).toBe("SIGKILL");
    history.push(...seenBy(worker), ...(await Promise.all(ids.map((id) => keptOf(site, id)))));
    await site.expire();
  }
  await using survivor = work({ id: "survivor", moment: "never", count: 0 });
  await site.over(ids);
  await survivor.kill();
  history.push(...seenBy(survivor), ...(await Promise.all(ids.map((id) => endOf(site, id)))));
  const done = history.filter(({ kind }) => kind === "did").length;
  return { broken: checkSteps(history, STEPS), repeated: done - jobs * STEPS.length };
}

function seenBy({ lines }: Child): readonly Seen[] {
  return lines.map((line): Seen => JSON.parse(line));
}

/** The steps of a job, as the server has them. */
async function keptOf({ server }: KillSite, job: string): Promise<Kept> {
  const path = `/ojs/v1/jobs/${job}/checkpoint`;
  const { status, body } = await server.transport.request({ method: "GET", path, headers: {} });
  return { kind: "kept", job, steps: status === 200 ? JSON.parse(body).state.openjobs_steps : [] };
}

async function endOf({ client }: KillSite, job: string): Promise<Ended> {
  const { state, result } = await client.getJob(job);
  return { kind: "ended", job, state, result };
}
