/** Every fault of the way to the server, on every kind of request: the worker lives through it and loses nothing. */
import { describe, expect, it } from "vitest";
import type { Fault, Role } from "../../support/fault-server.ts";
import {
  closeAfter,
  closeAfterHeaders,
  drip,
  garbled,
  halfOpen,
  handledTwice,
  instead,
  neverFinish,
  noHttp,
  refusal,
  resetAfter,
  resetBefore,
  resetInstead,
  resetWithin,
  silentSuccess,
  slow,
  twice,
} from "../../support/faults.ts";
import { FaultBench, MODES, type Mode, passTime, until } from "./fault-bench.ts";

const httpDate = (ms: number): string => new Date(Date.now() + ms).toUTCString();
/** A call that hangs is noticed when its time is over: the wait of a fetch and the time for an answer. */
const HANGING_MS = 1_300;

/** After these the server has done its work, and the worker may not know it. */
const answersLost: Readonly<Record<string, Fault>> = {
  "reset instead of an answer": resetInstead,
  "reset within the answer": resetWithin,
  "headers, then the end": closeAfterHeaders,
  "no answer though the work is done": silentSuccess,
  "half an answer for ever": neverFinish,
  "an answer dripping for longer than anybody waits": drip(40, 80),
  "truncated JSON": garbled((body) => body.slice(0, -2)),
  "an HTML page instead of the answer": garbled(() => "<html>busy</html>", { "content-type": "text/html" }),
  "an empty 200": garbled(() => ""),
  "JSON of another kind": garbled(() => "[1]"),
  "the JSON word null": garbled(() => "null"),
};

/** After these the server has not seen the request. */
const requestsLost: Readonly<Record<string, Fault>> = {
  "a reset": resetBefore,
  "a connection that is open and says nothing": halfOpen,
  "something that is no HTTP": noHttp,
  "HTML 502": instead(502, "<html><h1>502 Bad Gateway</h1></html>"),
  "HTML 404 of a proxy without a backend": instead(404, "<html>default backend - 404</html>"),
  "HTML 400 of a firewall": instead(400, "<html>Request blocked</html>"),
  "HTML 409 of something else": instead(409, "<html>conflict</html>"),
  "HTML 422 of something else": instead(422, "<html>no</html>"),
  "an empty 404": instead(404),
  "an empty 504": instead(504),
  "a 500": refusal(500, "internal_error"),
  "a redirect": instead(302, "", { location: "https://login.example.com/" }),
  "a page with status 200": instead(200, "<html>please log in</html>"),
  "408": refusal(408, "request_timeout"),
  "429 without more": refusal(429, "rate_limited"),
  "429, Retry-After 0": refusal(429, "rate_limited", { "retry-after": "0" }),
  "503, Retry-After in seconds": refusal(503, "backend_error", { "retry-after": "1" }),
  "503, Retry-After as a date": refusal(503, "backend_error", { "retry-after": httpDate(1_000) }),
  "503, Retry-After as a date that is past": refusal(503, "backend_error", { "retry-after": httpDate(-60_000) }),
  "503, Retry-After nonsense": refusal(503, "backend_error", { "retry-after": "soon" }),
  "503, Retry-After negative": refusal(503, "backend_error", { "retry-after": "-5" }),
  "503, Retry-After NaN": refusal(503, "backend_error", { "retry-after": "NaN" }),
  "503, Retry-After Infinity": refusal(503, "backend_error", { "retry-after": "Infinity" }),
};

/** These are only unusual. */
const harmless: Readonly<Record<string, Fault>> = {
  "another content type": garbled((body) => body, { "content-type": "text/plain" }),
  "an answer in pieces": drip(4, 20),
  "a reset after the answer": resetAfter,
  "Connection: close": closeAfter,
  "two answers to one request": twice,
};

const MODE_CASES = MODES.map((mode) => ({ mode }));
const cases = (faults: Readonly<Record<string, Fault>>) =>
  Object.entries(faults).map(([name, fault]) => ({ name, fault }));

/** Work under a fault, and work after it. */
async function endure(mode: Mode, role: Role, fault: Fault): Promise<{ bench: FaultBench; ids: string[] }> {
  const bench = await FaultBench.start(mode);
  bench.server.break(role, fault);
  const ids = await bench.enqueueMany(3);
  await until(() => bench.server.hits > 0);
  await passTime(300);
  bench.server.mend();
  return { bench, ids };
}

describe.concurrent.each(MODE_CASES)("$mode", ({ mode }) => {
  describe.each(["fetch", "outcome", "heartbeat"] as const)("a %s met by", (role) => {
    it.concurrent.each(cases(requestsLost))("$name is repeated until it gets through", async ({ fault }) => {
      const { bench, ids } = await endure(mode, role, fault);
      await using _ = bench;
      await bench.expectWorksAgain(HANGING_MS);
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.finish();
    });

    it.concurrent.each(cases(harmless))("$name works", async ({ fault }) => {
      const { bench, ids } = await endure(mode, role, fault);
      await using _ = bench;
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.expectWorksAgain();
      await bench.finish();
    });
  });

  describe("an outcome met by", () => {
    it.concurrent.each(cases(answersLost))("$name counts once", async ({ fault }) => {
      const { bench, ids } = await endure(mode, "outcome", fault);
      await using _ = bench;
      await bench.expectWorksAgain(HANGING_MS);
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.finish();
    });

    it.concurrent("a proxy that sends it twice counts once", async () => {
      const { bench, ids } = await endure(mode, "outcome", handledTwice);
      await using _ = bench;
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.finish();
    });
  });

  describe("a heartbeat met by", () => {
    it.concurrent.each(cases(answersLost))("$name is only one beat less", async ({ fault }) => {
      const { bench, ids } = await endure(mode, "heartbeat", fault);
      await using _ = bench;
      await bench.expectWorksAgain();
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.finish();
    });
  });

  describe("a fetch met by", () => {
    it.concurrent.each(cases(answersLost))(
      "$name costs no run: the jobs come again when their leases end",
      async ({ fault }) => {
        const { bench, ids } = await endure(mode, "fetch", fault);
        await using _ = bench;
        await passTime(350); // a fetch that is parked already still meets the fault
        await bench.expectWorksAgain(HANGING_MS);
        await bench.expectDone(ids, { runs: 1 });
        await bench.finish();
      },
    );
  });

  describe("everything met by", () => {
    it.concurrent("a server that takes a second for each answer goes on, slowly", async () => {
      await using bench = await FaultBench.start(mode, undefined, {
        requestTimeout: "2s",
        heartbeatInterval: "1500ms",
        visibilityTimeout: "6s",
        concurrency: 10,
      });
      for (const role of ["fetch", "outcome", "heartbeat"] as const) bench.server.break(role, slow(1_000));
      const ids = await bench.enqueueMany(10);
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      expect(bench.worker.health().healthy).toBe(true);
      await bench.finish();
    });

    it.concurrent("a Retry-After of a year is heeded for seconds only", async () => {
      await using bench = await FaultBench.start(mode);
      bench.server.break("outcome", refusal(503, "backend_error", { "retry-after": "31536000" }), (call) => call === 1);
      const ids = await bench.enqueueMany(1);
      await bench.expectDone(ids, { runs: 1, attempt: 1 });
      await bench.finish();
    });
  });
});
