/** Producers on two servers whose jobs count as the same, while workers, time and accidents change what is in their way. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import type { Engine, Enqueued } from "../../../src/engine/engine.ts";
import { type EngineBench, fetchRequest } from "./bench.ts";
import { Ledger } from "./ledger.ts";
import { Servers } from "./servers.ts";
import { storiesOf, type TellStories } from "./stories.ts";
import { uniqueRequest } from "./unique.ts";
import {
  KEYS,
  SERVERS,
  type UniqueMoment,
  type UniqueStep,
  type UniqueWish,
  uniqueStories,
} from "./unique-story-steps.ts";

/** Refusals that a request may meet when others were faster, or when its server was killed under it. */
const EXPECTED = new Set(["conflict", "duplicate", "not_found", "backend_error"]);

const LEASE_MS = 10_000;

/** Stories of unique jobs. */
export const tellUniqueStories: TellStories = storiesOf("unique stories", uniqueStories, (bench, { moments }) =>
  new UniqueRun(bench).play(moments),
);

class UniqueRun {
  readonly #bench: EngineBench;
  readonly #ledger: Ledger;
  readonly #servers: Servers;
  /** What workers believe that they hold. */
  readonly #held: JobRecord[] = [];
  /** Fingerprints of jobs that producers were told of, by id. They may hear of a commit before the ledger does. */
  readonly #told = new Map<string, unknown>();

  constructor(bench: EngineBench) {
    this.#bench = bench;
    this.#ledger = new Ledger(bench.store);
    this.#servers = new Servers(
      bench,
      bench.watched((group, outcome) => this.#ledger.observe(group, outcome)),
    );
  }

  async play(moments: readonly UniqueMoment[]): Promise<void> {
    try {
      await this.#servers.start(SERVERS);
      for (const moment of moments) {
        const played = this.#servers.play(moment.steps, (step) => this.#expectedly(step), moment);
        // What the ledger has seen says more than what came of it.
        await played.finally(() => this.#ledger.check());
        for (const [id, fingerprint] of this.#told) expect(this.#ledger.job(id)?.fingerprint, id).toBe(fingerprint);
      }
      await this.#servers.restart();
      await this.#seeThatKeysAreFree();
      this.#ledger.check();
    } finally {
      await this.#servers.close();
    }
  }

  async #expectedly(step: UniqueStep): Promise<void> {
    try {
      await this.#do(step);
    } catch (error) {
      if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    }
  }

  async #do(step: UniqueStep): Promise<void> {
    switch (step.kind) {
      case "enqueue":
        return this.#enqueueAtOnce(step.wish, step.producers);
      case "batch":
        return this.#enqueueBatch(step.wishes, this.#servers.engine(step.server));
      case "fetch": {
        const request = fetchRequest({ count: step.count, visibilityMs: LEASE_MS });
        this.#held.push(...(await this.#servers.engine(step.server).fetch(request)));
        return;
      }
      case "cancel":
      case "revive":
        return this.#operate(step.kind, choose(this.#ledger.ids, step.pick), this.#servers.engine(step.server));
      default:
        return this.#finish(step.kind, choose(this.#held, step.pick), this.#servers.engine(step.server));
    }
  }

  async #enqueueAtOnce(wish: UniqueWish, producers: number): Promise<void> {
    const asked = Array.from({ length: producers }, async (_, number) => {
      try {
        this.#judge(wish, await this.#servers.engine(number).enqueue(this.#requestOf(wish)));
      } catch (error) {
        if (error instanceof OjsError && error.code === "duplicate") this.#judgeRefusal(wish, error);
        else throw error;
      }
    });
    const outcomes = await Promise.allSettled(asked);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #enqueueBatch(wishes: readonly UniqueWish[], engine: Engine): Promise<void> {
    const answers = await engine.enqueueBatch(wishes.map((wish) => this.#requestOf(wish)));
    for (const [index, wish] of wishes.entries()) this.#judge(wish, answers[index]);
  }

  #requestOf({ key, onConflict, states, period, more }: UniqueWish): NewJob {
    const policy = { on_conflict: onConflict, ...(states && { states }), ...(period && { period }) };
    return uniqueRequest(this.#bench, policy, { args: [{ user: key }], ...more });
  }

  /** Who is answered is told of a job: a new one, or one in its place. */
  #judge({ onConflict }: UniqueWish, enqueued: Enqueued | undefined): void {
    expect(enqueued?.created).toBe(enqueued?.deduplicated === false);
    if (enqueued?.deduplicated === true) expect(onConflict).toBe("ignore");
    this.#told.set(enqueued?.job.id ?? "", enqueued?.job.fingerprint);
  }

  /** Nobody is refused for the sake of a job that is in nobody's way. */
  #judgeRefusal({ onConflict, states }: UniqueWish, { details }: OjsError): void {
    const { existing_job_id: id, existing_job_state: state, uniqueness_key: fingerprint } = details ?? {};
    this.#told.set(`${id}`, fingerprint);
    expect(states ?? OPEN).toContain(state);
    expect(onConflict).not.toBe("ignore");
    if (onConflict !== "reject") expect(OPEN).not.toContain(state);
  }

  async #operate(kind: "cancel" | "revive", id: string | undefined, engine: Engine): Promise<void> {
    if (id === undefined) return;
    if (kind === "cancel") await engine.cancel(id);
    else await engine.retryDeadLetter(id);
  }

  async #finish(
    kind: "ack" | "nack" | "discard" | "requeue",
    job: JobRecord | undefined,
    engine: Engine,
  ): Promise<void> {
    if (job === undefined) return;
    const outcome = { jobId: job.id, fence: { lease: job.lease } };
    const failure = readFailure(kind === "discard" ? { code: "DEAD_LETTER", message: kind } : kind);
    if (kind === "ack") await engine.ack({ ...outcome, result: null });
    else await engine.nack({ ...outcome, failure, requeue: kind === "requeue" });
  }

  /** When all jobs have ended nothing is left of them that would be in the way. */
  async #seeThatKeysAreFree(): Promise<void> {
    const engine = this.#servers.engine(0);
    for (const id of this.#ledger.ids) {
      if (OPEN.includes(this.#ledger.job(id)?.state ?? "")) await engine.cancel(id);
    }
    for (let key = 0; key < KEYS; key += 1) {
      const { created } = await engine.enqueue(uniqueRequest(this.#bench, {}, { args: [{ user: key }] }));
      expect(created, `a job for key ${key} when all others have ended`).toBe(true);
    }
  }
}

const OPEN: readonly string[] = ["available", "scheduled", "pending", "active", "retryable"];

function choose<T>(from: readonly T[], pick: number): T | undefined {
  return from[pick % Math.max(1, from.length)];
}
