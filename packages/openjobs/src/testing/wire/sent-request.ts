/** Requests as a test sees them. */
import type { TransportRequest, TransportResponse } from "../../client/transport.ts";
import { matches } from "../assertions/deep-match.ts";
import { describeMatch } from "../assertions/job-match.ts";
import { shortened } from "../assertions/shown-value.ts";
import { type RequestPattern, readPattern } from "./request-pattern.ts";

/** A request that was sent. */
export interface SentRequest {
  readonly method: TransportRequest["method"];
  /** Without the query: `/ojs/v1/jobs`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON of its body, parsed; undefined when it has none. */
  readonly body: unknown;
  /** When it was sent by the transport's clock, in Unix milliseconds. */
  readonly at: number;
  /** What it was answered with: a status, `"lost"`, or `"waiting"` as long as there is no answer. */
  readonly outcome: number | "lost" | "waiting";
}

/** What requests have to be like; what is left out does not matter. */
export interface RequestMatch {
  /** Members that the body has among others, all the way down; asymmetric matchers are understood. */
  readonly body?: unknown;
  /** Parameters that the query has among others. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** Headers that it has among others; lower-case names. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Anything else. */
  readonly where?: (request: SentRequest) => boolean;
}

/** What an assertion asks for. */
export interface SentMatch extends RequestMatch {
  /** How often it has to have been sent; at least once when absent. */
  readonly count?: number;
}

/** One request, from when it was sent. */
export class Sending implements SentRequest {
  readonly method: TransportRequest["method"];
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly at: number;
  outcome: SentRequest["outcome"] = "waiting";

  constructor({ method, path, headers, body }: TransportRequest, at: number) {
    const [place = "", query = ""] = path.split("?", 2);
    this.method = method;
    this.path = place;
    this.query = Object.fromEntries(new URLSearchParams(query));
    this.headers = headers;
    this.body = body === undefined ? undefined : JSON.parse(body);
    this.at = at;
  }

  /** Notes how it ends, and passes that on. */
  async watch<Answer extends Pick<TransportResponse, "status">>(answer: Promise<Answer>): Promise<Answer> {
    try {
      const response = await answer;
      this.outcome = response.status;
      return response;
    } catch (error) {
      this.outcome = "lost";
      throw error;
    }
  }
}

/** Which requests are meant. */
export class RequestRule {
  readonly #text: string;
  readonly #pattern: RequestPattern;
  readonly #match: RequestMatch;

  /** @throws OjsValidationError when the text is no pattern. */
  constructor(text: string, match: RequestMatch = {}) {
    this.#text = text;
    this.#pattern = readPattern(text);
    this.#match = match;
  }

  /** Why a request is not one of them; empty when it is. */
  differences(request: SentRequest): readonly string[] {
    if (!this.#pattern.fits(request)) return ["is another request"];
    const { body, query, headers, where } = this.#match;
    return [
      body === undefined || matches(request.body, body, true) ? "" : "has another body",
      query === undefined || matches(request.query, query, true) ? "" : "has another query",
      headers === undefined || matches(request.headers, headers, true) ? "" : "has other headers",
      where === undefined || where(request) ? "" : "is refused by where()",
    ].filter((text) => text !== "");
  }

  fits(request: SentRequest): boolean {
    return this.differences(request).length === 0;
  }

  /** As a sentence has it. */
  toString(): string {
    return describeMatch(this.#text, this.#match);
  }
}

/** A line about a request, as a failed assertion prints it. */
export function describeRequest({ method, path, query, body, outcome }: SentRequest): string {
  const asked = Object.keys(query).length === 0 ? "" : `?${new URLSearchParams(query)}`;
  const said = body === undefined ? "" : ` ${shortened(body)}`;
  return `${method} ${path}${asked}${said} → ${outcome}`;
}
