/** What is registered at a worker, before it starts and while it runs. */
import { refusedOption, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { JobDescription } from "../core/definition/define-job.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import { readConcurrency } from "./worker-options.ts";

/** How jobs of one type are run. */
export interface HandlerOptions {
  /**
   * Jobs of this type at a time, in this worker. Default: as many as its `concurrency`. A type with a limit should have a queue of its
   * own: behind a job that has to wait, others of its queue do.
   */
  readonly concurrency?: number;
}

const OPTION_NAMES: Readonly<Record<keyof HandlerOptions, 1>> = { concurrency: 1 };
const NO_TYPE = "A handler needs the type of its jobs, such as 'email.send', or a definition.";

/** A handler and what was said about it. */
export interface Registration {
  readonly type: string;
  /** The definition of the type, if it has one. */
  readonly definition: JobDescription | undefined;
  readonly handler: JobHandler;
  /** Undefined = as many as there are slots. */
  readonly concurrency: number | undefined;
}

/** One handler for each type: the last one that was registered. */
export class Handlers {
  readonly #byType = new Map<string, Registration>();
  #follower: ((registration: Registration) => void) | undefined;

  /** @throws OjsValidationError when an option cannot work, or there is no type, definition or function. */
  register(what: string | JobDescription, handler: JobHandler, options: HandlerOptions): void {
    const [type, definition] = typeof what === "string" ? [what, undefined] : [what?.type, what];
    if (typeof type !== "string")
      throw refusedOption("type", NO_TYPE, "Modules that import each other see it too early.");
    if (typeof handler !== "function") throw refusedOption("handler", `The handler of "${type}" is not a function.`);
    refuseUnknown(options, OPTION_NAMES, "");
    const { concurrency } = options;
    const limit = concurrency === undefined ? undefined : readConcurrency(concurrency);
    const registration = { type, definition, handler, concurrency: limit };
    this.#byType.set(type, registration);
    this.#follower?.(registration);
  }

  /** Tells what is registered, and from now on what is going to be. */
  follow(follower: (registration: Registration) => void): void {
    this.#follower = follower;
    for (const registration of this.#byType.values()) follower(registration);
  }
}
