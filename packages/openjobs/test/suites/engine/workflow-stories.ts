/** Workflows among workers that are in each other's way and servers that are killed: each ends as its jobs did. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { isTerminal } from "../../../src/core/states.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { sharedStorage, wrapStorage } from "../../support/storage-wrapper.ts";
import { freshId } from "../../support/workflows.ts";
import { type EngineBench, fetchRequest } from "./bench.ts";
import { Servers } from "./servers.ts";
import { assertStories, type TellStories, withBench } from "./stories.ts";
import {
  type Rival,
  SERVERS,
  type WorkflowMoment,
  type WorkflowStep,
  workflowStories,
} from "./workflow-story-steps.ts";
import { WorkflowWitness } from "./workflow-witness.ts";

/** Refusals that a request may meet when others were faster, or when its server was killed under it. */
const EXPECTED = new Set(["conflict", "backend_error"]);

const LEASE_MS = 10_000;

/** Stories share a store, because all jobs of one have ended before the next begins. */
export const tellWorkflowStories: TellStories = async (open, parameters) => {
  let handle = await open();
  const renew = async (): Promise<void> => {
    await handle.storage.close();
    await handle.dispose?.();
    handle = await open();
  };
  try {
    await assertStories(
      "workflow stories",
      workflowStories,
      async ({ body, moments, pace }) => {
        const tell = (bench: EngineBench) => new StoryTeller(bench, body).tell(moments);
        const storage = sharedStorage(handle.storage);
        await withBench({ storage }, open, pace, tell).catch(async (error: unknown) => {
          await renew();
          throw error;
        });
      },
      parameters,
    );
  } finally {
    await handle.storage.close();
    await handle.dispose?.();
  }
};

class StoryTeller {
  readonly #bench: EngineBench;
  readonly #body: object;
  readonly #id = freshId();
  readonly #witness: WorkflowWitness;
  readonly #servers: Servers;
  /** Every claim that a worker heard of. */
  readonly #held: JobRecord[] = [];

  constructor(bench: EngineBench, body: ConstructorParameters<typeof WorkflowWitness>[0]) {
    this.#bench = bench;
    this.#body = body;
    const witness = new WorkflowWitness(body, this.#id);
    const { storage } = bench;
    const watched = wrapStorage(storage, {
      async commit(group) {
        const outcome = await storage.commit(group);
        witness.observe(group, outcome);
        return outcome;
      },
    });
    this.#witness = witness;
    this.#servers = new Servers(bench, watched);
  }

  async tell(moments: readonly WorkflowMoment[]): Promise<void> {
    try {
      await this.#servers.start(SERVERS);
      await this.#create();
      for (const moment of moments) await this.#servers.play(moment.steps, (step) => this.#do(step), moment);
      await this.#servers.restart();
      await this.#finish();
      await this.#witness.judge(this.#bench.store, await this.#engine(0).getWorkflow(this.#id));
    } finally {
      await this.#servers.close();
    }
  }

  async #create(): Promise<void> {
    const create = readWorkflow({ ...this.#body, id: this.#id }, { now: this.#bench.clock.now(), newId: freshId });
    await this.#engine(0).createWorkflow(create);
    expect(await this.#engine(1).createWorkflow(create)).toMatchObject({ created: false });
  }

  #engine(number: number): Engine {
    return this.#servers.engine(number);
  }

  async #do(step: WorkflowStep): Promise<void> {
    if (step.kind === "end") {
      const job = this.#held[step.pick % Math.max(1, this.#held.length)];
      if (job !== undefined) await Promise.all(step.rivals.map((rival) => this.#tryToEnd(job, rival)));
      return;
    }
    const engine = this.#engine(step.server);
    if (step.kind === "fetch") await succeeds(this.#fetch(engine, step.count));
    if (step.kind === "stop") await succeeds(engine.cancelWorkflow(this.#id));
    if (step.kind === "again") await succeeds(engine.retryWorkflow(this.#id));
  }

  async #fetch(engine: Engine, count: number): Promise<void> {
    this.#held.push(...(await engine.fetch(fetchRequest({ queues: ["default"], count, visibilityMs: LEASE_MS }))));
  }

  async #tryToEnd(job: JobRecord, { ending, server }: Rival): Promise<void> {
    const engine = this.#engine(server);
    const outcome = { jobId: job.id, fence: { lease: job.lease } };
    // Another result each time, so that a repetition is no replay.
    const result = `"${freshId()}"`;
    const failure = readFailure({ code: "DISCARD", message: "broken" });
    const attempts = {
      ack: () => engine.ack({ ...outcome, result }),
      nack: () => engine.nack({ ...outcome, failure, requeue: false }),
      cancel: () => engine.cancel(job.id),
    };
    if (await succeeds(attempts[ending]())) this.#witness.ended(job, ending, result);
  }

  /** Whoever holds a job succeeds now. */
  async #finish(): Promise<void> {
    const { store } = this.#bench;
    for (let round = 0; ; round += 1) {
      expect(round, "rounds until all jobs have ended").toBeLessThan(60);
      const members = await store.jobs.get(this.#witness.born);
      const open = members.flatMap((job) => (job === undefined || isTerminal(job.state) ? [] : [job.id]));
      if (open.length === 0) return;
      await this.#fetch(this.#engine(0), 1_000);
      for (const job of await store.jobs.get(open)) {
        if (job?.state === "active") await this.#tryToEnd(job, { ending: "ack", server: 0 });
      }
      await this.#bench.advance(30_000);
    }
  }
}

/** Whether it did; others may have been faster, and the server may be killed. */
async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    return false;
  }
}
