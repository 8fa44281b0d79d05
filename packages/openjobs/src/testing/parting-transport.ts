/** A worker's way to the server that can be told that there is no more work, without waiting for time to pass. */
import type { Transport, TransportRequest, TransportResponse } from "../client/transport.ts";

const NO_JOBS: TransportResponse = {
  status: 200,
  headers: { "content-type": "application/openjobspec+json" },
  body: '{"jobs":[]}',
};

/** Answers fetches that wait at the server itself, once it is told to part. */
export class PartingTransport implements Transport {
  readonly #inner: Transport;
  readonly #parting = new AbortController();
  /** Types that were handed out. */
  readonly types: Set<string> = new Set();

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** From now on there is no work. */
  part(): void {
    this.#parting.abort();
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    if (!request.path.endsWith("/workers/fetch")) return this.#inner.request(request);
    const { signal } = this.#parting;
    if (signal.aborted) return NO_JOBS;
    try {
      const both = request.signal === undefined ? signal : AbortSignal.any([signal, request.signal]);
      const response = await this.#inner.request({ ...request, signal: both });
      this.#note(response);
      return response;
    } catch (error) {
      if (signal.aborted) return NO_JOBS;
      throw error;
    }
  }

  #note({ body }: TransportResponse): void {
    const { jobs = [] }: { readonly jobs?: readonly { readonly type: string }[] } = JSON.parse(body);
    for (const { type } of jobs) this.types.add(type);
  }
}
