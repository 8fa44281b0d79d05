/** The request pipeline: headers, ids, timeouts, aborts. Retries have a file of their own. */
import { describe, expect, it, vi } from "vitest";
import type { Call } from "../../src/client/call.ts";
import { type ConnectionOptions, connect } from "../../src/client/connection.ts";
import type { Requester } from "../../src/client/requester.ts";
import { OjsConnectionError, OjsError, OjsTimeoutError } from "../../src/core/errors.ts";
import { ManualClock, turn } from "./manual-clock.ts";
import { answer, ScriptedTransport, silence } from "./scripted-transport.ts";

const look: Call<unknown> = {
  operation: "look",
  method: "GET",
  path: "/ojs/v1/things/1",
  repeatable: true,
  jobId: "job-1",
  decode: (wire) => wire,
};
const write: Call<unknown> = { ...look, operation: "write", method: "POST", body: '{"a":1}', repeatable: false };

function requesterOn(
  transport: ScriptedTransport,
  options: ConnectionOptions = {},
  clock = new ManualClock(),
): Requester {
  return connect({ transport, retry: false, ...options }, { clock, random: () => 0.5 }).requester;
}

async function failureOf(promise: Promise<unknown>): Promise<OjsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OjsError) return error;
  throw new Error(`expected an OjsError, got ${String(error)}`);
}

describe("headers", () => {
  it("sends the specification's headers and a content type only with a body", async () => {
    const transport = new ScriptedTransport(answer(200, {}));
    const requester = requesterOn(transport, { apiKey: "secret" });
    await requester.run(look);
    const bare = {
      accept: "application/openjobspec+json",
      "ojs-version": "1.0",
      authorization: "Bearer secret",
      "x-request-id": expect.stringMatching(/^req_[0-9a-f]{8}-[0-9a-f]{4}-7/),
    };
    expect(transport.last.headers).toEqual(bare);
    expect(transport.last).not.toHaveProperty("body");
    await requester.run(write);
    expect(transport.last.headers).toEqual({ ...bare, "content-type": "application/openjobspec+json" });
    expect(transport.last.body).toBe('{"a":1}');
  });

  it("lets the caller's headers replace ours, whatever their case, but not the request id", async () => {
    const transport = new ScriptedTransport(answer(200, {}));
    const headers = { Authorization: "Basic abc", "X-OJS-Tenant": "t1", "X-Request-ID": "mine", Accept: "text/x" };
    await requesterOn(transport, { apiKey: "secret", headers }).run(look);
    expect(transport.last.headers).toMatchObject({
      authorization: "Basic abc",
      "x-ojs-tenant": "t1",
      accept: "text/x",
    });
    expect(transport.last.headers["x-request-id"]).toMatch(/^req_/);
  });

  it.each([
    [{ headers: { "bad name": "x" } }, /bad name/],
    [{ headers: { good: "line\r\nbreak" } }, /headers\.good/],
    [{ apiKey: "päss-wort" }, /apiKey/],
  ])("refuses %j before anything is sent", (options, message) => {
    const construct = (): Requester => requesterOn(new ScriptedTransport(), options);
    expect(construct).toThrow(message);
    expect(construct).not.toThrow(/wort|break/); // secrets do not get into messages
  });

  it("gives every call an id of its own", async () => {
    const transport = new ScriptedTransport(answer(200, {}));
    const requester = requesterOn(transport);
    await requester.run(look);
    await requester.run(look);
    expect(new Set(transport.requests.map(({ headers }) => headers["x-request-id"])).size).toBe(2);
  });
});

describe("timeout", () => {
  it("rejects after the client's timeout even if the transport ignores its signal", async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const transport = new ScriptedTransport(silence);
    const error = await clock.until(failureOf(requesterOn(transport, { timeout: "5s" }, clock).run(look)));
    expect(error).toBeInstanceOf(OjsTimeoutError);
    expect(error).toMatchObject({ code: "timeout", operation: "look", jobId: "job-1", attempts: 1, retryable: true });
    expect(error.requestId).toBe(transport.last.headers["x-request-id"]);
    expect(clock.now() - start).toBe(5_000);
    expect(transport.last.signal?.aborted).toBe(true);
  });

  it("takes the call's timeout before the client's", async () => {
    const clock = new ManualClock();
    const start = clock.now();
    await clock.until(failureOf(requesterOn(new ScriptedTransport(silence), {}, clock).run(look, { timeout: 70 })));
    expect(clock.now() - start).toBe(70);
  });

  it("never waits longer than the whole call may take", async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const requester = requesterOn(new ScriptedTransport(silence), { timeout: "1m", totalTimeout: "2s" }, clock);
    expect((await clock.until(failureOf(requester.run(look)))).code).toBe("timeout");
    expect(clock.now() - start).toBe(2_000);
  });

  it.each([0, "0s", -1, "soon", Number.NaN])("refuses a timeout of %j", async (timeout) => {
    const transport = new ScriptedTransport(answer(200, {}));
    await expect(requesterOn(transport).run(look, { timeout })).rejects.toMatchObject({ code: "invalid_request" });
    expect(transport.requests).toEqual([]);
  });

  it("leaves no timer behind", async () => {
    const clock = new ManualClock();
    await requesterOn(new ScriptedTransport(answer(200, {})), {}, clock).run(look);
    await failureOf(requesterOn(new ScriptedTransport(new Error("reset")), {}, clock).run(look));
    expect(clock.pending).toBe(0);
  });
});

describe("abort", () => {
  it("rejects at once with the signal's reason as cause", async () => {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(silence);
    const controller = new AbortController();
    const failure = failureOf(requesterOn(transport, {}, clock).run(look, { signal: controller.signal }));
    await turn();
    const reason = new Error("the user left");
    controller.abort(reason);
    const error = await failure;
    expect(error).toMatchObject({ code: "aborted", operation: "look", cause: reason, retryable: false, attempts: 1 });
    expect(transport.last.signal?.reason).toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it("sends nothing when the signal is aborted before", async () => {
    const transport = new ScriptedTransport(answer(200, {}));
    const error = await failureOf(requesterOn(transport).run(look, { signal: AbortSignal.abort("no") }));
    expect(error).toMatchObject({ code: "aborted", cause: "no" });
    expect(transport.requests).toEqual([]);
  });

  it("lets go of a long-lived signal after every call", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const requester = requesterOn(new ScriptedTransport(answer(200, {}), new Error("reset"), answer(500, "")));
    for (let round = 0; round < 3; round += 1) await requester.run(look, { signal }).catch(() => undefined);
    const added = add.mock.calls.map(([, listener]) => listener);
    expect(added).toHaveLength(3);
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(expect.arrayContaining(added));
  });

  it("never hands the caller's own signal to the transport", async () => {
    const { signal } = new AbortController();
    const transport = new ScriptedTransport(answer(200, {}));
    await requesterOn(transport).run(look, { signal });
    expect(transport.last.signal).not.toBe(signal);
  });

  it("ignores what a transport says after the call is over", async () => {
    const clock = new ManualClock();
    const late = (): Promise<never> => turn().then(() => Promise.reject(new Error("too late")));
    const controller = new AbortController();
    const failure = failureOf(
      requesterOn(new ScriptedTransport(late), {}, clock).run(look, { signal: controller.signal }),
    );
    controller.abort();
    expect((await failure).code).toBe("aborted");
    await turn(); // an unhandled rejection would fail the test run
    await turn();
  });
});

describe("network errors", () => {
  it("say what went wrong and keep the cause", async () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    const error = await failureOf(requesterOn(new ScriptedTransport(cause)).run(look));
    expect(error).toBeInstanceOf(OjsConnectionError);
    expect(error).toMatchObject({ code: "connection_error", operation: "look", jobId: "job-1", attempts: 1, cause });
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("look behind fetch's 'fetch failed' and nameless aggregates", async () => {
    const nameless = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
    const wrapped = new TypeError("fetch failed", { cause: nameless });
    const error = await failureOf(requesterOn(new ScriptedTransport(wrapped)).run(look));
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("include transports that throw instead of rejecting", async () => {
    const transport = {
      request: (): never => {
        throw new Error("out of sockets");
      },
    };
    const { requester } = connect({ transport, retry: false });
    await expect(requester.run(look)).rejects.toMatchObject({ code: "connection_error" });
  });
});

describe("answers", () => {
  it.each([
    ["an empty body", answer(200, ""), "is empty"],
    ["a web page", answer(200, "<html>welcome</html>"), "not what this call expects"],
    ["half a JSON document", answer(200, '{"job":{"id":'), "not what this call expects"],
    ["the wrong JSON", answer(200, "[]"), "not what this call expects"],
  ])("turns %s into invalid_response", async (_, response, message) => {
    const strict: Call<unknown> = {
      ...look,
      decode: (wire) => {
        if (typeof wire !== "object" || wire === null || Array.isArray(wire)) throw new TypeError("no object");
        return wire;
      },
    };
    const error = await failureOf(requesterOn(new ScriptedTransport(response)).run(strict));
    expect(error).toMatchObject({ code: "invalid_response", status: 200, operation: "look", retryable: false });
    expect(error.message).toContain(message);
    expect(error.requestId).toMatch(/^req_/);
  });

  it("shows the beginning of a web page, but never half of a job", async () => {
    const page = await failureOf(requesterOn(new ScriptedTransport(answer(200, `<p>${"x".repeat(999)}`))).run(look));
    expect(String(page.details?.excerpt)).toHaveLength(200);
    const half = await failureOf(requesterOn(new ScriptedTransport(answer(200, '{"args":["secret'))).run(look));
    expect(JSON.stringify(half.details)).not.toContain("secret");
  });
});
