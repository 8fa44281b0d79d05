/** What a running job can do beside its work: everything of its context that most handlers do not use, made when one does. */
import type { Logger } from "../client/logger.ts";
import type { Clock } from "../core/clock.ts";
import { ojsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import type { ProgressCount } from "../middleware/job-context.ts";
import { type KeeperDeps, keepCheckpoint } from "./checkpoint-keeper.ts";
import { DurableSteps } from "./durable-steps.ts";
import type { Holding } from "./holdings.ts";
import { jobLogger } from "./job-logger.ts";
import type { Ending } from "./outcome.ts";
import { progressReport } from "./progress-report.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import type { WorkerProtocol } from "./protocol.ts";

/** What the tools of all jobs work with. */
export interface ToolDeps extends KeeperDeps {
  readonly workerId: string;
  readonly protocol: Pick<WorkerProtocol, "checkpoint" | "progress">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly beatFor: (holding: Holding) => Promise<void>;
}

/** The tools of one job under one lease. */
export class JobTools {
  readonly holding: Holding;
  readonly #deps: ToolDeps;
  #metadata: Record<string, unknown> | undefined;
  #log: Logger | undefined;
  #progress: ProgressReporter | undefined;
  #steps: DurableSteps | undefined;
  #hasOwnCheckpoint = false;

  constructor(holding: Holding, deps: ToolDeps) {
    this.holding = holding;
    this.#deps = deps;
  }

  get metadata(): Record<string, unknown> {
    this.#metadata ??= {};
    return this.#metadata;
  }

  get log(): Logger {
    this.#log ??= jobLogger(this.#deps.logger, this.holding.job);
    return this.#log;
  }

  async heartbeat(): Promise<void> {
    const { signal } = this.holding;
    signal.throwIfAborted();
    await this.#deps.beatFor(this.holding);
    signal.throwIfAborted();
  }

  progress(done: number | ProgressCount, data?: Readonly<Record<string, unknown>>): void {
    this.#progress ??= this.#createReporter();
    this.#progress.report(progressReport(done, data));
  }

  async step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#hasOwnCheckpoint) throw bothKinds();
    this.#steps ??= this.#createSteps();
    return this.#steps.run(name, work);
  }

  async checkpoint(state: unknown): Promise<void> {
    if (this.#steps !== undefined) throw bothKinds();
    this.#hasOwnCheckpoint = true;
    this.holding.signal.throwIfAborted();
    await this.#keep(stringifyJson(state));
  }

  #keep(state: JsonText): Promise<void> {
    return keepCheckpoint(this.holding, state, this.#deps);
  }

  #createReporter(): ProgressReporter {
    const { protocol, clock } = this.#deps;
    this.#concludeAtEnd();
    return new ProgressReporter({
      // Of a job that somebody else has now there is nothing to tell.
      send: async (report) => (this.holding.isLost() ? undefined : protocol.progress(this.holding.ref, report, {})),
      clock,
      logger: this.log,
    });
  }

  #createSteps(): DurableSteps {
    this.#concludeAtEnd();
    return new DurableSteps({
      state: this.holding.job.checkpoint?.state,
      signal: () => this.holding.signal,
      keep: (state) => this.#keep(state),
    });
  }

  #concludeAtEnd(): void {
    this.holding.conclude = (ending) => this.#conclude(ending);
  }

  async #conclude(ending: Ending): Promise<Ending> {
    if (this.holding.isLost()) return ending;
    await this.#progress?.finish();
    if (ending.kind !== "returned") return ending;
    try {
      this.#steps?.finish();
      return ending;
    } catch (error) {
      return { kind: "threw", error };
    }
  }
}

function bothKinds(): Error {
  return ojsError(
    "invalid_request",
    "A job has either steps or checkpoints of its own: both would write the same one.",
    {
      hint: "Use job.step() for what is to be done once, or job.checkpoint() for a cursor.",
      operation: "checkpoint",
    },
  );
}
