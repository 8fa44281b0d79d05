/** What every part of a client stands on: its connection to the server. */
import type { Job } from "../core/codec/job-decode.ts";
import { MiddlewareHost } from "../middleware/middleware-host.ts";
import type { Call, RequestOptions } from "./call.ts";
import { type Connection, type ConnectionDeps, type ConnectionOptions, connect } from "./connection.ts";

/**
 * A connection with nothing to say yet. The methods of a client are in classes by noun, each upon the one before, so that
 * no file holds them all; `OjsClient` is the last and the only one that users see.
 */
export abstract class ConnectedClient extends MiddlewareHost {
  readonly #connection: Connection;

  constructor(options: ConnectionOptions, deps: ConnectionDeps) {
    super();
    this.#connection = connect(options, deps);
  }

  /**
   * Lets go of idle connections; calls under way are finished, and later ones still work. A transport that was given to the
   * constructor is left alone.
   *
   * @example await client.close();
   */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** `await using client = …` closes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For the methods of the classes upon this one. Private inside, so that a printed client shows no API key. */
  protected get connection(): Connection {
    return this.#connection;
  }

  /** What is under way keeps the chain that it began with, so it can be changed at any time. */
  protected whyFrozen(): string | undefined {
    return undefined;
  }

  /** The job as middleware shows it. */
  protected async shown(job: Job): Promise<Job> {
    const { chain } = this;
    return chain.some(({ read }) => read) ? (await import("./shown-job.ts")).shownBy(chain, job) : job;
  }

  /** Makes a call. */
  protected run<T>(call: Call<T>, request: RequestOptions | undefined): Promise<T> {
    return this.#connection.requester.run(call, request);
  }
}
