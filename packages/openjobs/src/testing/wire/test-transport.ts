/** A way to a server that does what a test says (design: HTTP, fetch, in-process, TEST). */
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "../../client/transport.ts";
import { ojsError } from "../../core/errors.ts";
import { expectNone, expectSome, listOf, type Sought } from "../assertions/expectation.ts";
import { TestAssertionError } from "../assertions/test-assertion-error.ts";
import { TestClock } from "../test-clock.ts";
import { type AnyResponse, ask, type Reply, reply, type Stage, streamed, whole } from "./reply.ts";
import {
  describeRequest,
  type RequestMatch,
  RequestRule,
  Sending,
  type SentMatch,
  type SentRequest,
} from "./sent-request.ts";

/** See {@link createTestTransport}. */
export interface TestTransportOptions {
  /**
   * Whom requests are passed on to that the script says nothing about, such as the `transport` of a `TestOjs`. Default: nobody; they are
   * refused with 501, which no client sends again.
   */
  readonly server?: Transport;
  /** What delays go by. Default: a clock of its own, which stands still: {@link TestTransport.clock}. */
  readonly clock?: TestClock;
}

/** How requests of one kind are answered; see {@link TestTransport.on}. */
export interface Scripting {
  /** The next ones, one after the other; those after the last are answered as if nothing had been said. */
  reply(...replies: readonly Reply[]): TestTransport;
  /** All of them from now on, when no single reply is left for them. */
  always(reply: Reply): TestTransport;
}

interface Line {
  readonly rule: RequestRule;
  readonly replies: Reply[];
  readonly forever: boolean;
}

/**
 * A transport for tests of how an application gets on with a bad network or a bad server: it answers from a script, and remembers what
 * was sent. For clients, workers and the operator's client; no network. Nothing is shared with other instances.
 *
 * @example
 * const transport = createTestTransport({ server: ojs.transport, clock: ojs.clock });
 * const client = new OjsClient({ transport }, { clock: ojs.clock });
 * transport.on("POST /ojs/v1/jobs").reply(reply.error("rate_limited", { retryAfter: "2s" }));
 * const sending = client.enqueue("email.send", { to: "ada@example.com" });
 * await ojs.advance("3s");
 * await sending;
 * transport.assertSent("POST /ojs/v1/jobs", { body: { type: "email.send" }, count: 2 });
 */
export function createTestTransport(options: TestTransportOptions = {}): TestTransport {
  return new TestTransport(options);
}

/** What {@link createTestTransport} makes. */
export class TestTransport implements Transport {
  /** Time that delays go by. Give it to clients too, `new OjsClient({ transport }, { clock })`, and their pauses stand still as well. */
  readonly clock: TestClock;
  readonly #server: Transport | undefined;
  #sent: Sending[] = [];
  #lines: Line[] = [];
  #connected = true;

  /** By {@link createTestTransport}. */
  constructor({ server, clock = new TestClock(Date.UTC(2026, 0, 1)) }: TestTransportOptions) {
    this.#server = server;
    this.clock = clock;
  }

  /**
   * What was sent so far, the oldest first.
   *
   * @example expect(transport.requests.at(-1)?.headers.authorization).toBe("Bearer secret");
   */
  get requests(): readonly SentRequest[] {
    return [...this.#sent];
  }

  /**
   * Begins a line of the script. A request is answered by the first line that is about it and has a reply left; lines that hold for
   * ever come after the others.
   *
   * @param request A method, a path, or both; `*` is any segment of the path, and alone any request.
   * @throws OjsValidationError when it is neither.
   * @example transport.on("GET /ojs/v1/jobs/*").reply(reply.error("not_found"));
   * @example transport.on("POST /ojs/v1/jobs", { body: { type: "email.send" } }).always(reply.error("queue_full"));
   */
  on(request: string, match?: RequestMatch): Scripting {
    const rule = new RequestRule(request, match);
    const say = (replies: readonly Reply[], forever: boolean): this => {
      this.#lines.push({ rule, replies: [...replies], forever });
      return this;
    };
    return { reply: (...replies) => say(replies, false), always: (one) => say([one], true) };
  }

  /**
   * The network is gone: every request is lost, whatever the script says, until {@link reconnect}.
   *
   * @example transport.disconnect();
   */
  disconnect(): void {
    this.#connected = false;
  }

  /**
   * The network is back.
   *
   * @example transport.reconnect();
   */
  reconnect(): void {
    this.#connected = true;
  }

  /**
   * Forgets the script and what was sent.
   *
   * @example afterEach(() => transport.clear());
   */
  clear(): void {
    this.#sent = [];
    this.#lines = [];
    this.#connected = true;
  }

  /**
   * That such a request was sent.
   *
   * @returns The first of them.
   * @throws TestAssertionError that lists what was sent.
   * @example transport.assertSent("POST /ojs/v1/jobs", { body: { type: "email.send" } });
   */
  assertSent(request: string, { count, ...match }: SentMatch = {}): SentRequest {
    return expectSome(this.#sought(request, match), count);
  }

  /**
   * That no such request was sent.
   *
   * @throws TestAssertionError that lists those that were.
   * @example transport.refuteSent("DELETE");
   */
  refuteSent(request: string, match: RequestMatch = {}): void {
    expectNone(this.#sought(request, match));
  }

  /**
   * That no reply of the script is left over, except those that hold for ever.
   *
   * @throws TestAssertionError that names the requests that were waited for.
   * @example transport.assertPlayed();
   */
  assertPlayed(): void {
    const left = this.#lines.filter(({ forever, replies }) => !forever && replies.length > 0);
    if (left.length === 0) return;
    const lines = left.map(({ rule, replies }) => `  ${rule}: ${replies.length} more`);
    const said = ["Expected the whole script to be played, but these requests never came:", ...lines].join("\n");
    const count = left.reduce((sum, { replies }) => sum + replies.length, 0);
    throw new TestAssertionError(`${said}\n${listOf(this.#sent, LISTED)}`, 0, count);
  }

  /** For clients. */
  async request(request: TransportRequest): Promise<TransportResponse> {
    return whole(await this.#answer(request, "request"));
  }

  /** For clients. */
  async stream(request: TransportRequest): Promise<TransportStream> {
    return streamed(await this.#answer(request, "stream"));
  }

  #sought(request: string, match: RequestMatch): Sought<SentRequest> {
    const rule = new RequestRule(request, match);
    const differences = (one: SentRequest): readonly string[] => rule.differences(one);
    return { ...LISTED, noun: "request", verb: "sent", wanted: String(rule), all: this.#sent, differences };
  }

  #answer(request: TransportRequest, way: "request" | "stream"): Promise<AnyResponse> {
    const sending = new Sending(request, this.clock.now());
    this.#sent.push(sending);
    const stage: Stage = { clock: this.clock, signal: request.signal, passOn: () => this.#passOn(request, way) };
    return sending.watch(this.#replyTo(sending).answer(sending, stage));
  }

  #replyTo(request: SentRequest): Reply {
    if (!this.#connected) return reply.lost({ message: "the test transport is disconnected" });
    const lines = this.#lines.filter(({ rule, replies }) => replies.length > 0 && rule.fits(request));
    const line = lines.find(({ forever }) => !forever);
    const next = line?.replies.shift() ?? lines.find(({ forever }) => forever)?.replies[0];
    return next ?? (this.#server === undefined ? unscripted(request) : reply.pass());
  }

  async #passOn(request: TransportRequest, way: "request" | "stream"): Promise<AnyResponse> {
    if (this.#server !== undefined) return ask(this.#server, request, way);
    throw ojsError("invalid_request", "reply.pass() and a delivered request need a server behind the script.", {
      hint: "Give one: createTestTransport({ server: ojs.transport }).",
      details: { field: "server" },
    });
  }
}

/** 501, because whoever repeats it learns nothing. */
function unscripted({ method, path }: SentRequest): Reply {
  const message = `The script has no reply for ${method} ${path}.`;
  const hint = `Give one: transport.on("${method} ${path}").reply(…), or a server that takes the rest.`;
  return reply.error("unscripted", { status: 501, message, hint });
}

const LISTED = {
  describe: describeRequest,
  differences: () => [],
  heading: "These requests were sent:",
  nothing: "No request was sent.",
};
