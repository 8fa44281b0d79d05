/** However long the server was away, and whatever answered in its place: a second after it is back, jobs are done again. */
import { describe, expect, it } from "vitest";
import { startedBench } from "../bench.ts";
import { disconnect, hang, type Reply, refuse, respond, wireJob } from "../stub-server.ts";

const absences: Readonly<Record<string, Reply>> = {
  "refused connections": disconnect,
  "502 with a page": () => respond(502, "<html>bad gateway</html>"),
  "404 with a page": () => respond(404, "<html>no backend</html>"),
  "404 with nothing": () => respond(404, ""),
  "403 with a page": () => respond(403, "<html>blocked</html>"),
  "200 with a page": () => respond(200, "<html>maintenance</html>"),
  "200 with something else": () => respond(200, "[]"),
  "302": () => respond(302, "", { location: "/login" }),
  "408": () => refuse(408, "request_timeout"),
  "429": () => refuse(429, "rate_limited"),
  "500": () => refuse(500, "internal_error"),
  "503, Retry-After 0": () => refuse(503, "backend_error", { "retry-after": "0" }),
  "503, Retry-After nonsense": () => refuse(503, "backend_error", { "retry-after": "tomorrow" }),
  "503, Retry-After negative": () => refuse(503, "backend_error", { "retry-after": "-1" }),
  "503, Retry-After of the past": () =>
    refuse(503, "backend_error", { "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }),
};

describe.each(Object.entries(absences))("a server that was away for ten minutes (%s)", (name, reply) => {
  it("gets a fetch within a second, with the unluckiest jitter", async () => {
    const made = await startedBench(() => 1, { exchange: false } as object, { random: () => 0.999 });
    for (const operation of ["fetch", "heartbeat", "ack", "nack"] as const) made.server.replies[operation] = reply;
    await made.clock.advance(600_000);
    for (const operation of ["fetch", "heartbeat", "ack", "nack"] as const) delete made.server.replies[operation];
    made.server.push(wireJob());
    await made.clock.advance(1_000);
    expect(made.server.acked).toHaveLength(1);
    await made.clock.advance(5_000); // the next heartbeat
    expect(made.worker.health().healthy).toBe(true);
  });

  it("is told the outcome of a job that ended meanwhile, once and as it was", async () => {
    const made = await startedBench(() => "precious", { exchange: false } as object, { random: () => 0.999 });
    // What an ack is answered with beyond its status is nobody's business: servers differ.
    made.server.replies.ack = (received) => (name === "200 with something else" ? disconnect() : reply(received));
    made.server.push(wireJob());
    await made.clock.advance(600_000);
    delete made.server.replies.ack;
    const before = made.server.acked.length;
    await made.clock.advance(1_000);
    expect(made.server.acked.length).toBe(before + 1);
    expect(made.server.of("ack").at(-1)?.body).toMatchObject({ result: "precious" });
    expect(made.server.of("nack")).toEqual([]);
    expect(made.worker.activeJobs).toBe(0);
  });
});

describe("what only people can repair", () => {
  it.each([401, 403, 422])("is asked for every five seconds (%d)", async (status) => {
    const made = await startedBench(() => 1, { exchange: false } as object);
    made.server.replies.fetch = () => refuse(status, "unauthorized");
    await made.clock.advance(600_000);
    const before = made.server.of("fetch").length;
    await made.clock.advance(60_000);
    expect(made.server.of("fetch").length - before).toBeLessThanOrEqual(16);
  });
});

describe("a Retry-After", () => {
  it.each(["31536000", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "of %s is heeded for 30 s at most",
    async (asked) => {
      const made = await startedBench(() => 1, { exchange: false } as object);
      made.server.replies.fetch = () => refuse(503, "backend_error", { "retry-after": asked });
      await made.clock.advance(60_000);
      const before = made.server.of("fetch").length;
      await made.clock.advance(30_000);
      expect(made.server.of("fetch").length - before).toBeGreaterThanOrEqual(1);
    },
  );
});

describe("a connection that hangs", () => {
  it("holds a fetch for its wait and the time for an answer, not longer", async () => {
    const made = await startedBench(() => 1, { exchange: false, fetchWait: "20s", requestTimeout: "5s" } as object);
    made.server.replies.fetch = hang;
    await made.clock.advance(600_000);
    delete made.server.replies.fetch;
    made.server.push(wireJob());
    await made.clock.advance(26_000);
    expect(made.server.acked).toHaveLength(1);
  });
});
