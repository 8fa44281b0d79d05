/**
 * The way to the server, ready to be used. Client and worker share it, so both fail in the same ways and with the same
 * errors. What it takes to make a call is loaded with the first one.
 */
import type { Call, RequestOptions } from "./call.ts";
import { type OnDemand, onDemand } from "./on-demand.ts";
import type { RequesterOptions } from "./requester-options.ts";

/** What the first call of a program loads. */
export const carrying: OnDemand<typeof import("./carry.ts")> = onDemand(() => import("./carry.ts"));

/** See above. */
export class Requester {
  readonly #options: RequesterOptions;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /**
   * Makes the call and resolves with what its `decode` returned.
   *
   * @throws OjsError, always: `aborted`, `timeout`, `connection_error`, `invalid_response`, or the server's own code.
   */
  run<T>(call: Call<T>, options: RequestOptions = {}): Promise<T> {
    return carrying.loaded?.carry(this.#options, call, options) ?? this.#runFirst(call, options);
  }

  async #runFirst<T>(call: Call<T>, options: RequestOptions): Promise<T> {
    const { carry } = await carrying.load();
    return carry(this.#options, call, options);
  }

  /** What it works with, for those who have requests of another kind. */
  get options(): RequesterOptions {
    return this.#options;
  }
}
