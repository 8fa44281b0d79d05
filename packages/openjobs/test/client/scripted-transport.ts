/** A transport that answers what a test says and remembers what it was asked. */
import type { Transport, TransportRequest, TransportResponse } from "../../src/client/transport.ts";

export type Reply = TransportResponse | Error | ((request: TransportRequest) => Promise<TransportResponse>);

export class ScriptedTransport implements Transport {
  readonly requests: TransportRequest[] = [];
  closed = 0;
  readonly #replies: Reply[];

  /** The last reply is repeated for ever. */
  constructor(...replies: readonly Reply[]) {
    this.#replies = [...replies];
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    const reply = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
    if (reply === undefined) throw new Error("the script has no reply");
    if (reply instanceof Error) throw reply;
    return typeof reply === "function" ? reply(request) : reply;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  get last(): TransportRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("nothing was sent");
    return request;
  }
}

export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

export function refusal(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse {
  return answer(status, { error: { code, message: `the server says ${code}`, retryable: false } }, headers);
}

/** Never answers, and does not even look at its signal. */
export function silence(): Promise<TransportResponse> {
  return new Promise(() => undefined);
}
