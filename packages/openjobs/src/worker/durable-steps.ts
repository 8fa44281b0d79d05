/**
 * Durable steps: what a step returned is kept in the job's checkpoint before it counts, and the next attempt gets it from there instead of
 * doing the step again. Steps are known by their place and name, so an attempt that takes another way than the one before is noticed
 * before it does anything twice.
 */
import { byteLength } from "../core/byte-length.ts";
import { OjsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { StepError } from "./step-error.ts";
import { encodeStep, encodeSteps, type RecordedStep, readSteps } from "./step-record.ts";

const OTHER_WAY =
  "Steps have to be the same, in the same order, in each attempt: name a job whose steps change differently (a new type), or delete its checkpoint.";

/** What the steps of a job work with. */
export interface StepDeps {
  /** State of the checkpoint that came with the job; undefined when there was none. */
  readonly state: unknown;
  readonly signal: () => AbortSignal;
  /** Keeps a state as the job's checkpoint, or rejects. */
  readonly keep: (state: JsonText) => Promise<void>;
}

/** The steps of one attempt. */
export class DurableSteps {
  readonly #deps: StepDeps;
  readonly #recorded: readonly RecordedStep[];
  /** All that are done, in this attempt and those before. */
  readonly #done: JsonText[];
  readonly #reached = new Set<string>();
  #running: string | undefined;
  #failed: string | undefined;
  /** What was wrong first; whatever the handler makes of it, the attempt fails with it. */
  #broken: StepError | undefined;

  /** @throws StepError when the job's checkpoint is not one of steps. */
  constructor(deps: StepDeps) {
    this.#deps = deps;
    this.#recorded = readSteps(deps.state);
    this.#done = this.#recorded.map(({ name, result }) =>
      encodeStep(name, result === undefined ? undefined : stringifyJson(result)),
    );
  }

  /** Does the step, unless an earlier attempt has; resolves with what JSON makes of its result, either way. */
  async run<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    this.#deps.signal().throwIfAborted();
    this.#check(name);
    const recorded = this.#recorded[this.#reached.size];
    if (recorded !== undefined) {
      this.#reached.add(name);
      return recorded.result as T; // an earlier attempt of the same step has returned it
    }
    this.#running = name;
    try {
      const result = await this.#runAnew(name, work);
      this.#failed = undefined;
      this.#reached.add(name);
      return result;
    } catch (error) {
      this.#failed = name;
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** @throws StepError when the handler has returned without doing what an earlier attempt did. */
  finish(): void {
    if (this.#broken !== undefined) throw this.#broken;
    const next = this.#recorded[this.#reached.size];
    if (next !== undefined)
      throw this.#wrong(`The step "${next.name}" of an earlier attempt was not reached.`, OTHER_WAY);
  }

  #check(name: string): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (typeof name !== "string" || name === "")
      throw this.#wrong("A step needs a name.", 'Call job.step("charge", …).');
    if (this.#running !== undefined) {
      const both = `The step "${name}" began before "${this.#running}" was done.`;
      throw this.#wrong(both, "Await each step; do what goes on side by side inside of one step, or as a workflow.");
    }
    if (this.#reached.has(name)) {
      throw this.#wrong(`There are two steps "${name}".`, "Give each a name of its own; in a loop, number them.");
    }
    if (this.#failed !== undefined && this.#failed !== name) {
      const skipped = `The step "${this.#failed}" failed, and the handler went on to "${name}".`;
      throw this.#wrong(skipped, "Let the error end the attempt, or deal with it inside of the step.");
    }
    const place = this.#reached.size;
    const recorded = this.#recorded[place];
    if (recorded === undefined || recorded.name === name) return;
    throw this.#wrong(
      `Step ${place + 1} was "${recorded.name}" in an earlier attempt and is "${name}" now.`,
      OTHER_WAY,
    );
  }

  async #runAnew<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const result = this.#resultOf(name, await work());
    await this.#keep(name, encodeStep(name, result));
    return (result === undefined ? undefined : JSON.parse(result)) as T; // the same in the next attempt, if there is one
  }

  #resultOf(name: string, value: unknown): JsonText | undefined {
    if (value === undefined) return undefined;
    try {
      return stringifyJson(value);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw this.#wrong(`The result of step "${name}" cannot be kept: ${why}`, "Return JSON values.", { cause });
    }
  }

  async #keep(name: string, step: JsonText): Promise<void> {
    const state = encodeSteps([...this.#done, step]);
    const bytes = byteLength(state);
    if (bytes > LIMITS.jobBytes) throw this.#tooLarge(name, `${bytes} of at most ${LIMITS.jobBytes} bytes`);
    try {
      await this.#deps.keep(state);
    } catch (cause) {
      if (cause instanceof OjsError && cause.status === 413) throw this.#tooLarge(name, cause.message, { cause });
      throw cause;
    }
    this.#done.push(step);
  }

  #tooLarge(name: string, how: string, options: ErrorOptions = {}): StepError {
    const hint = "Store large results elsewhere and return a reference.";
    return this.#wrong(
      `With the result of step "${name}" the job's steps are too large to be kept (${how}).`,
      hint,
      options,
    );
  }

  #wrong(message: string, hint: string, options: ErrorOptions = {}): StepError {
    this.#broken = new StepError(message, hint, options);
    return this.#broken;
  }
}
