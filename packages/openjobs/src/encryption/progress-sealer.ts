/** Encryption between a handler and its reports of progress: the fraction is for everybody, what is said about it is not. */
import { stringifyJson } from "../core/json.ts";
import type { JobContext, ProgressCount } from "../middleware/job-context.ts";
import { sealerFor } from "./bound-value.ts";
import type { KeyCache } from "./key-cache.ts";

type Data = Readonly<Record<string, unknown>>;

/** What is encrypted of a report. */
interface Told {
  readonly message?: string;
  readonly data?: Data;
}

interface Report extends Told {
  /** NaN when it is not known. */
  readonly done: number;
}

/** The reports of one job. Encrypting takes time and reporting must not, so what is reported meanwhile is merged. */
export class ProgressSealer {
  readonly #job: JobContext;
  readonly #keys: KeyCache;
  #told: Told = {};
  #waiting: Report | undefined;
  #sending: Promise<void> | undefined;

  constructor(job: JobContext, keys: KeyCache) {
    this.#job = job;
    this.#keys = keys;
  }

  readonly report: JobContext["progress"] = (done, data) => {
    this.#waiting = { ...this.#told, ...reportOf(done, data) };
    const { done: _, ...told } = this.#waiting;
    this.#told = told;
    this.#sending ??= this.#sendAll();
  };

  /** Resolves when all reports are handed on, before the handler's end is. */
  async finish(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting !== undefined) {
      const { done, ...told } = this.#waiting;
      this.#waiting = undefined;
      const data = await this.#sealed(told);
      if (data !== undefined || Number.isFinite(done)) this.#job.progress(done, data);
    }
    this.#sending = undefined;
  }

  /** What cannot be encrypted is not told. */
  async #sealed(told: Told): Promise<Data | undefined> {
    if (told.message === undefined && told.data === undefined) return undefined;
    try {
      const seal = await sealerFor(this.#job.id, this.#keys);
      return { ...(await seal(stringifyJson(told), "progress")) };
    } catch (error) {
      this.#job.log.warn("progress could not be encrypted; only the fraction is reported", { error });
      return undefined;
    }
  }
}

/** A count would be readable, so it is part of the data. */
function reportOf(done: number | ProgressCount, data: Data | undefined): Report {
  if (typeof done === "number") return { done, ...(data === undefined ? {} : { data }) };
  const { current, total, message } = done;
  const report = { done: current / total, data: { current, total, ...data } };
  return message === undefined ? report : { ...report, message };
}
