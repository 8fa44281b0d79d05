/** What the attempts of a test did, and which of them are to fail (ojs-testing §7.3). */
import type { Middleware } from "../middleware/middleware.ts";

interface Plan {
  readonly error: unknown;
  /** How many attempts are still to fail. */
  left: number;
}

/** Around all handlers of a test. */
export class Attempts {
  readonly #plans = new Map<string, Plan[]>();
  readonly #errors = new Map<string, unknown>();
  readonly #snoozes = new Map<string, number>();
  #count = 0;

  /** How many have begun. */
  get count(): number {
    return this.#count;
  }

  /** What the last attempt of a job threw; undefined when it threw nothing. */
  errorOf(jobId: string): unknown {
    return this.#errors.get(jobId);
  }

  /** How often a job has been put off. */
  snoozesOf(jobId: string): number {
    return this.#snoozes.get(jobId) ?? 0;
  }

  fail(type: string, error: unknown, times: number): void {
    this.#plans.set(type, [...(this.#plans.get(type) ?? []), { error, left: times }]);
  }

  clear(): void {
    this.#plans.clear();
    this.#errors.clear();
    this.#snoozes.clear();
  }

  /** The outermost middleware: what it throws, the others do not see. */
  readonly middleware: Middleware = {
    name: "openjobs/testing",
    execute: async ({ id, type }, next) => {
      this.#count += 1;
      try {
        this.#failIfPlanned(type);
        const result = await next();
        this.#errors.delete(id);
        return result;
      } catch (error) {
        this.#errors.set(id, error);
        // By its code, as the worker knows it: there may be two copies of the class.
        if (error instanceof Error && "code" in error && error.code === "SNOOZE")
          this.#snoozes.set(id, this.snoozesOf(id) + 1);
        throw error;
      }
    },
  };

  #failIfPlanned(type: string): void {
    const plan = this.#plans.get(type)?.find(({ left }) => left > 0);
    if (plan === undefined) return;
    plan.left -= 1;
    throw plan.error;
  }
}
