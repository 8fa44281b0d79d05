/** Which requests are sent again, when, and how often. No test waits: time is virtual. */
import { describe, expect, it } from "vitest";
import type { Call } from "../../src/client/call.ts";
import { type ConnectionOptions, connect } from "../../src/client/connection.ts";
import { OjsBackendError, OjsError, OjsRateLimitError } from "../../src/core/errors.ts";
import { ManualClock, turn } from "./manual-clock.ts";
import { answer, type Reply, refusal, ScriptedTransport, silence } from "./scripted-transport.ts";

const repeatable: Call<unknown> = {
  operation: "look",
  method: "GET",
  path: "/ojs/v1/x",
  repeatable: true,
  decode: (wire) => wire,
};
const fine = answer(200, { fine: true });

interface Run {
  readonly outcome: unknown;
  readonly transport: ScriptedTransport;
  /** Milliseconds from the start to each request. */
  readonly times: readonly number[];
  readonly elapsed: number;
}

async function run(
  replies: readonly Reply[],
  call: Call<unknown> = repeatable,
  options: ConnectionOptions = {},
  random: () => number = () => 1,
): Promise<Run> {
  const clock = new ManualClock();
  const start = clock.now();
  const times: number[] = [];
  const scripted = new ScriptedTransport(...replies);
  const transport = {
    request: (request: Parameters<ScriptedTransport["request"]>[0]) => {
      times.push(clock.now() - start);
      return scripted.request(request);
    },
  };
  const { requester } = connect({ transport, ...options }, { clock, random });
  const outcome = await clock.until(requester.run(call).catch((error: unknown) => error));
  expect(clock.pending).toBe(0);
  return { outcome, transport: scripted, times, elapsed: clock.now() - start };
}

describe("what is retried", () => {
  it.each([
    ["429", refusal(429, "rate_limited")],
    ["502 with a web page", answer(502, "<html>bad gateway</html>")],
    ["503", refusal(503, "unavailable")],
    ["504", answer(504, "")],
    ["a refused connection", new Error("ECONNREFUSED")],
    ["a timeout", silence],
  ])("%s", async (_, reply) => {
    const { outcome, transport } = await run([reply, fine]);
    expect(outcome).toEqual({ fine: true });
    expect(transport.requests).toHaveLength(2);
  });

  it.each([
    ["400", refusal(400, "invalid_request")],
    ["401", refusal(401, "unauthorized")],
    ["404", refusal(404, "not_found")],
    ["409", refusal(409, "conflict")],
    ["422", refusal(422, "unsupported")],
    ["500", refusal(500, "internal_error")],
    ["301", answer(301, "", { location: "https://elsewhere" })],
    ["an unreadable 200", answer(200, "<html>")],
  ])("not %s", async (_, reply) => {
    const { outcome, transport } = await run([reply, fine]);
    expect(outcome).toBeInstanceOf(OjsError);
    expect(transport.requests).toHaveLength(1);
  });

  it("nothing that could do harm the second time", async () => {
    for (const reply of [refusal(503, "unavailable"), new Error("reset"), silence]) {
      const { transport } = await run([reply, fine], { ...repeatable, repeatable: false });
      expect(transport.requests).toHaveLength(1);
      expect(transport.last.repeatable).toBe(false);
    }
  });

  it("nothing when retries are switched off", async () => {
    const { transport } = await run([new Error("reset"), fine], repeatable, { retry: false });
    expect(transport.requests).toHaveLength(1);
  });

  it("sends the very same request again, id included", async () => {
    const { transport } = await run([refusal(503, "unavailable"), fine], { ...repeatable, method: "POST", body: "{}" });
    const [first, second] = transport.requests.map(({ signal, ...request }) => request);
    expect(second).toEqual(first);
  });
});

describe("when", () => {
  it("backs off exponentially, with full jitter, six times at most", async () => {
    const late = await run([new Error("reset")]);
    expect(late.times).toEqual([0, 200, 600, 1_400, 3_000, 6_200, 12_600]);
    expect(late.outcome).toMatchObject({ code: "connection_error", attempts: 7 });
    const draws = [0, 0.5, 0.25];
    const jittered = await run([new Error("reset")], repeatable, {}, () => draws.shift() ?? 1);
    expect(jittered.times).toEqual([0, 0, 200, 400, 2_000, 5_200, 11_600]);
  });

  it("never pauses longer than its cap", async () => {
    const retry = { retries: 5, baseDelay: "1s", maxDelay: "3s" };
    const { times } = await run([new Error("reset")], repeatable, { retry });
    expect(times).toEqual([0, 1_000, 3_000, 6_000, 9_000, 12_000]);
  });

  it.each([
    ["seconds", "2", 2_000],
    ["zero", "0", 0],
    ["a date", new Date(Date.UTC(2026, 0, 1, 0, 0, 4)).toUTCString(), 4_000],
    ["an hour, capped", "3600", 10_000],
  ])("honours Retry-After in %s", async (_, value, pause) => {
    const { times } = await run(
      [refusal(429, "rate_limited", { "retry-after": value }), fine],
      repeatable,
      {},
      () => 0,
    );
    expect(times).toEqual([0, pause]);
  });

  it.each(["soon", "-5", "1e400", ""])("ignores Retry-After: %j", async (value) => {
    const { times } = await run([answer(502, "", { "retry-after": value }), fine]);
    expect(times).toEqual([0, 200]);
  });

  it("does not wait for a retry that would come too late", async () => {
    const { outcome, transport, elapsed } = await run(
      [refusal(503, "unavailable", { "retry-after": "5" })],
      repeatable,
      { totalTimeout: "4s" },
    );
    expect(outcome).toBeInstanceOf(OjsBackendError);
    expect(transport.requests).toHaveLength(1);
    expect(elapsed).toBe(0);
  });

  it("keeps all tries within the time of the whole call", async () => {
    const { outcome, times, elapsed } = await run([silence], repeatable, { timeout: "3s", totalTimeout: "7s" });
    expect(times).toEqual([0, 3_200, 6_600]);
    expect(elapsed).toBe(7_000);
    expect(outcome).toMatchObject({ code: "timeout", attempts: 3, message: expect.stringMatching(/ms \(try 3\)\.$/) });
  });
});

describe("while it waits", () => {
  it("can be aborted", async () => {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(refusal(429, "rate_limited", { "retry-after": "9" }));
    const { requester } = connect({ transport }, { clock });
    const controller = new AbortController();
    const outcome = requester.run(repeatable, { signal: controller.signal }).catch((error: unknown) => error);
    await turn();
    controller.abort("enough");
    expect(await outcome).toMatchObject({ code: "aborted", cause: "enough" });
    expect(transport.requests).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it("tells the logger, without anything of the request's content", async () => {
    const lines: unknown[] = [];
    const warn = (message: string, facts?: object): number => lines.push([message, facts]);
    const logger = { debug: warn, info: warn, warn, error: warn };
    const body = '{"args":["secret"]}';
    await run([refusal(429, "rate_limited"), fine], { ...repeatable, method: "POST", body }, { logger });
    expect(lines).toEqual([
      [
        "a request failed and is sent again",
        { error: expect.any(OjsRateLimitError), requestId: expect.any(String), attempts: 1, pauseMs: 200 },
      ],
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });
});

describe("retry options", () => {
  it.each([{ retries: -1 }, { retries: 1.5 }, { baseDelay: "later" }, { maxDelay: -1 }])("refuses %j", (retry) => {
    expect(() => connect({ transport: new ScriptedTransport(), retry })).toThrow(OjsError);
  });
});
