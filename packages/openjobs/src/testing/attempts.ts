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
  #count = 0;

  /** How many have begun. */
  get count(): number {
    return this.#count;
  }

  /** What the last attempt of a job threw; undefined when it threw nothing. */
  errorOf(jobId: string): unknown {
    return this.#errors.get(jobId);
  }

  fail(type: string, error: unknown, times: number): void {
    this.#plans.set(type, [...(this.#plans.get(type) ?? []), { error, left: times }]);
  }

  clear(): void {
    this.#plans.clear();
    this.#errors.clear();
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
