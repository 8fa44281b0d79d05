/**
 * Says how far a job has come, at most once a second (ojs-progress §6.2): what is reported in between is merged, and the last report
 * leaves before the outcome does, because the server ignores what comes after it. Nothing here fails a job (§4).
 */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import { OjsError } from "../core/errors.ts";
import type { ProgressReport } from "./protocol.ts";
import { isServersWord } from "./verdict.ts";

const INTERVAL_MS = 1_000;
/** How long an outcome waits for the last report. */
const LONGEST_FAREWELL_MS = 1_000;

/** What a reporter works with. */
export interface ProgressReporterDeps {
  readonly send: (report: ProgressReport) => Promise<void>;
  readonly clock: Clock;
  /** The job's own. */
  readonly logger: Logger;
}

/** The progress of one job under one lease. */
export class ProgressReporter {
  readonly #deps: ProgressReporterDeps;
  #waiting: ProgressReport | undefined;
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(deps: ProgressReporterDeps) {
    this.#deps = deps;
  }

  /** Sends it at once, or with what comes until the second is over. */
  report(report: ProgressReport): void {
    if (this.#isOver) return;
    this.#waiting = { ...this.#waiting, ...report };
    this.#advance();
  }

  /** Resolves when the last report has arrived, or when that takes too long; what is reported later is dropped. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#cancelTimer?.();
    const arrived = new AbortController();
    const last = this.#sendAll().then(() => arrived.abort());
    await Promise.race([last, pause(this.#deps.clock, LONGEST_FAREWELL_MS, arrived.signal)]);
  }

  /** A report on its way is waited for: one that is overtaken would replace the later one. */
  async #sendAll(): Promise<void> {
    await this.#sending;
    this.#send();
    await this.#sending;
  }

  #advance(): void {
    if (this.#sending !== undefined || this.#cancelTimer !== undefined || this.#waiting === undefined) return;
    const { clock } = this.#deps;
    if (clock.now() >= this.#nextAt) {
      this.#send();
      return;
    }
    this.#cancelTimer = clock.schedule(this.#nextAt, () => {
      this.#cancelTimer = undefined;
      this.#send();
    });
  }

  #send(): void {
    const report = this.#waiting;
    if (report === undefined) return;
    this.#waiting = undefined;
    this.#nextAt = this.#deps.clock.now() + INTERVAL_MS;
    this.#sending = this.#deliver(report);
  }

  async #deliver(report: ProgressReport): Promise<void> {
    try {
      await this.#deps.send(report);
    } catch (error) {
      this.#deps.logger[isOwnMistake(error) ? "warn" : "debug"]("progress could not be reported", { error });
    }
    this.#sending = undefined;
    if (!this.#isOver) this.#advance();
  }
}

/** It will not do the next time either: a number that is none, data that is too large or no JSON. */
function isOwnMistake(error: unknown): boolean {
  return error instanceof OjsError && [400, 413, 422].includes(error.status) && isServersWord(error);
}
