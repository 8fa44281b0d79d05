/** What a scripted transport answers with: errors, delays, silence and nonsense, as networks and servers have them. */
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "../../client/transport.ts";
import { type Clock, pause } from "../../core/clock.ts";
import { refusedOption } from "../../core/codec/enqueue-options-encode.ts";
import { encodeError } from "../../core/codec/error.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import { type Duration, toMilliseconds } from "../../core/duration.ts";
import type { ErrorName } from "../../core/error-table.ts";
import { errorOf, type OjsErrorExtra } from "../../core/errors.ts";
import { wireJob } from "./job-answer.ts";
import type { SentRequest } from "./sent-request.ts";

/** An answer of either kind: the whole of it, or one that goes on. */
export type AnyResponse = TransportResponse | TransportStream;

/** What a reply can do things with. */
export interface Stage {
  readonly clock: Clock;
  /** Asks the server behind the script. */
  passOn(): Promise<AnyResponse>;
  readonly signal: AbortSignal | undefined;
}

/** How one request is answered; {@link reply} has them. */
export interface Reply {
  readonly answer: (request: SentRequest, stage: Stage) => Promise<AnyResponse>;
}

/** Head of an answer beside its body. */
export interface ReplyHead {
  /** Default 200. */
  readonly status?: number;
  /** Lower-case names; `content-type` has a default. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of an error answer. */
export interface ReplyError extends Pick<OjsErrorExtra, "status" | "details" | "hint" | "retryable"> {
  readonly message?: string;
  /** Sent as the header `Retry-After`, in whole seconds as servers do. */
  readonly retryAfter?: Duration;
}

/** Of an answer that never comes. */
export interface ReplyLoss {
  /** Whether the server behind the script gets the request all the same. Default false. */
  readonly delivered?: boolean;
  /** Of the error that the client gets. Default "connection reset". */
  readonly message?: string;
}

/** Codes that servers answer with; those of other servers are a text. */
export type ReplyErrorCode = Exclude<ErrorName, ClientOnly> | (string & Record<never, never>);

type ClientOnly = "connection_error" | "timeout" | "aborted" | "invalid_response" | "job_failed";

const JSON_TYPE = "application/openjobspec+json";

/**
 * The replies of a script.
 *
 * @example transport.on("POST /ojs/v1/jobs").reply(reply.error("rate_limited", { retryAfter: "2s" }), reply.pass());
 */
export const reply = {
  /**
   * JSON of whatever is given.
   *
   * @example reply.json({ queues: [] })
   */
  json: (body: unknown, head: ReplyHead = {}): Reply => reply.text(JSON.stringify(body), head),

  /**
   * A text as it is: a proxy's page, half an answer, a stream of events.
   *
   * @example reply.text("<h1>Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } })
   */
  text: (body: string, { status = 200, headers = {} }: ReplyHead = {}): Reply =>
    always({ status, headers: { "content-type": JSON_TYPE, ...headers }, body }),

  /**
   * One job: the answer to `getJob` and `enqueue`. `buildJob` makes some.
   *
   * @example reply.job(buildJob({ type: "email.send", state: "completed" }))
   */
  job: (job: Job, head?: ReplyHead): Reply => reply.json({ job: wireJob(job) }, head),

  /**
   * A list of jobs: the answer to a worker's fetch, and to lists and batches.
   *
   * @example transport.on("POST /ojs/v1/workers/fetch").reply(reply.jobs(buildJob({ type: "email.send", state: "active" })));
   */
  jobs: (...jobs: readonly Job[]): Reply => reply.json({ jobs: jobs.map(wireJob) }),

  /**
   * A server's refusal, with the status that belongs to the code.
   *
   * @throws OjsValidationError for a code that only clients have: {@link reply.lost} is an answer that never came.
   * @example reply.error("queue_full", { retryAfter: "5s" })
   */
  error: (code: ReplyErrorCode, { message, retryAfter, ...extra }: ReplyError = {}): Reply => {
    const error = errorOf(code, message ?? `The script says ${code}.`, extra);
    if (error.status === 0)
      throw refusedOption("code", `No server answers ${code}.`, "Use reply.lost() or reply.silence().");
    const headers = retryAfter === undefined ? {} : { "retry-after": wholeSeconds(retryAfter) };
    return reply.text(encodeError(error), { status: error.status, headers });
  },

  /**
   * No answer, because the connection broke; with `delivered`, the server behind the script has got the request all the same.
   *
   * @example transport.on("POST /ojs/v1/jobs").reply(reply.lost({ delivered: true }));
   */
  lost: ({ delivered = false, message = "connection reset" }: ReplyLoss = {}): Reply => ({
    answer: async (_, { passOn }) => {
      if (delivered) await passOn();
      throw new Error(message);
    },
  }),

  /**
   * No answer at all, until the client gives up.
   *
   * @example transport.on("GET").always(reply.silence());
   */
  silence: (): Reply => ({ answer: (_, { signal }) => untilAborted(signal) }),

  /**
   * Another reply, after so long on the clock of the transport.
   *
   * @example reply.after("10s", reply.pass())
   */
  after: (delay: Duration, then: Reply): Reply => {
    const ms = toMilliseconds(delay);
    return {
      answer: async (request, stage) => {
        await pause(stage.clock, ms, stage.signal);
        stage.signal?.throwIfAborted();
        return then.answer(request, stage);
      },
    };
  },

  /**
   * What the server behind the script answers.
   *
   * @example transport.on("POST").reply(reply.lost(), reply.pass());
   */
  pass: (): Reply => ({ answer: (_, { passOn }) => passOn() }),

  /**
   * A reply that depends on the request.
   *
   * @example reply.with(({ path }) => reply.job(buildJob({ id: path.split("/").at(-1) })))
   */
  with: (choose: (request: SentRequest) => Reply | Promise<Reply>): Reply => ({
    answer: async (request, stage) => (await choose(request)).answer(request, stage),
  }),
};

/** The answer of a kind of transport's method, made of one of the other. */
export async function whole({ status, headers, body }: AnyResponse): Promise<TransportResponse> {
  if (typeof body === "string") return { status, headers, body };
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return { status, headers, body: text + decoder.decode() };
}

/** See {@link whole}. */
export function streamed({ status, headers, body }: AnyResponse): TransportStream {
  return { status, headers, body: typeof body === "string" ? bytesOf(body) : body };
}

/** By the method that the client called. */
export function ask(server: Transport, request: TransportRequest, way: "request" | "stream"): Promise<AnyResponse> {
  return way === "stream" && server.stream !== undefined ? server.stream(request) : server.request(request);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array, void> {
  if (text !== "") yield new TextEncoder().encode(text);
}

function always(response: TransportResponse): Reply {
  return { answer: async () => response };
}

function wholeSeconds(duration: Duration): string {
  return String(Math.max(1, Math.ceil(toMilliseconds(duration) / 1_000)));
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
