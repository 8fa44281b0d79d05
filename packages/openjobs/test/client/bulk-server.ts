/** A stub of a server that takes bulks: a test says what becomes of each job, and when answers leave. */
import type { Transport, TransportRequest, TransportResponse } from "../../src/client/transport.ts";
import { BULK_ENQUEUE } from "../../src/core/extensions.ts";
import { answer } from "./scripted-transport.ts";

/** A job as it was sent. */
export interface WireJob {
  readonly id: string;
  readonly type: string;
  readonly args: readonly unknown[];
}

/** An outcome that a test wants: an item without its index; undefined = the job is accepted. */
export type Verdict = (job: WireJob, index: number) => Record<string, unknown> | undefined;

export class BulkServer implements Transport {
  readonly requests: TransportRequest[] = [];
  extensions: readonly string[] = [BULK_ENQUEUE];
  verdict: Verdict = () => undefined;
  /** Answers instead of the server, if it gives something. */
  intercept: (request: TransportRequest, posts: number) => TransportResponse | Error | undefined = () => undefined;
  readonly #held: (() => void)[] = [];
  #holding = false;

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    if (this.#holding && request.method === "POST") {
      await new Promise<void>((resolve, reject) => {
        this.#held.push(resolve);
        request.signal?.addEventListener("abort", () => reject(request.signal?.reason));
      });
    }
    const instead = this.intercept(request, this.posts.length);
    if (instead instanceof Error) throw instead;
    return instead ?? this.#answer(request);
  }

  /** Answers wait from now on. */
  hold(): void {
    this.#holding = true;
  }

  /** Lets the answers go that wait now. */
  release(count: number = this.#held.length): void {
    for (const go of this.#held.splice(0, count)) go();
  }

  get posts(): readonly TransportRequest[] {
    return this.requests.filter(({ method }) => method === "POST");
  }

  /** How many jobs each POST carried; 0 = it was a single one. */
  get sizes(): number[] {
    return this.posts.map(({ path, body }) => (path.endsWith("/bulk") ? jobsOf(body).length : 0));
  }

  #answer({ path, body }: TransportRequest): TransportResponse {
    if (path === "/ojs/manifest") {
      return answer(200, { specversion: "1.0", implementation: { name: "stub" }, extensions: this.extensions });
    }
    if (path === "/ojs/v1/jobs") return answer(201, receipt(JSON.parse(body ?? "")));
    const items = jobsOf(body).map((job, index) => ({
      index,
      ...(this.verdict(job, index) ?? { status: "created", job: receipt(job) }),
    }));
    const failed = items.filter((item) => "error" in item).length;
    return answer(failed === 0 ? 201 : failed === items.length ? 422 : 207, { total: items.length, failed, items });
  }
}

export function jobsOf(body: string | undefined): readonly WireJob[] {
  return JSON.parse(body ?? "{}").jobs ?? [];
}

function receipt({ id }: WireJob): object {
  return { id, state: "available", max_attempts: 3, enqueued_at: "2026-01-01T00:00:00.000Z" };
}
