/** Waiting for results, with a server that a test plays. */
import { describe, expect, it } from "vitest";
import { type ClientOptions, OjsClient } from "../../src/client/client.ts";
// Loaded before: a test that counts turns cannot wait for the disk.
import "../../src/client/results/await-result.ts";
import { OjsJobFailedError } from "../../src/core/job-failed-error.ts";
import { StreamingTransport } from "./live/scripted-streams.ts";
import { ManualClock, turn } from "./manual-clock.ts";
import { answer, refusal } from "./scripted-transport.ts";

const id = (n: number): string => `019b7000-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** A server with jobs that a test moves. */
class Jobs {
  readonly transport = new StreamingTransport();
  readonly #jobs = new Map<string, object>();
  looks = 0;

  constructor() {
    this.transport.respond = ({ path }) => {
      this.looks += 1;
      const job = this.#jobs.get(path.split("/")[4]?.split("?")[0] ?? "");
      return job === undefined ? refusal(404, "not_found") : answer(200, { job });
    };
  }

  put(n: number, state: string, more: object = {}): void {
    this.#jobs.set(id(n), { id: id(n), type: "t", queue: "q", state, ...more });
  }

  remove(n: number): void {
    this.#jobs.delete(id(n));
  }

  /** Ends a job and tells it on the stream. */
  end(n: number, state = "completed", more: object = { result: n }): void {
    this.put(n, state, more);
    this.transport.last.moved(`a.${n}`, id(n), state);
  }
}

function start(options: ClientOptions = {}) {
  const jobs = new Jobs();
  const { transport } = jobs;
  const clock = new ManualClock();
  const client = new OjsClient({ transport, retry: false, ...options }, { clock, random: () => 0.5 });
  return { jobs, transport, clock, client };
}

/** Lets the client come to rest. */
async function rest(): Promise<void> {
  for (let n = 0; n < 8; n += 1) await turn();
}

describe("a result", () => {
  it("is waited for on a stream of the job, looked for behind its beginning, and read from the job", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "active");
    const result = client.result(id(1));
    await rest();
    expect(transport.streams).toHaveLength(1);
    expect(transport.last.request.path).toBe(
      `/ojs/v1/events/stream?channel=job%3A${id(1)}&event_types=job.state_changed`,
    );
    expect(jobs.looks).toBe(1);
    jobs.end(1, "completed", { result: { url: "x" } });
    expect(await result).toEqual({ url: "x" });
    expect(jobs.looks).toBe(2);
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it("is there at once when the job has ended before", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "completed", { result: null });
    jobs.put(2, "completed");
    expect(await Promise.all([client.result(id(1)), client.result({ id: id(2) })])).toEqual([null, null]);
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it.each(["discarded", "cancelled"])("is an error that knows the job when that was %s", async (state) => {
    const { jobs, client } = start();
    jobs.put(1, "active");
    const result = client.result(id(1));
    await rest();
    jobs.end(1, state, { errors: [{ type: "E", message: "no luck" }], args: ["secret"] });
    const error = await result.catch((caught: unknown) => caught);
    if (!(error instanceof OjsJobFailedError)) throw new Error("not that error");
    expect(error).toMatchObject({ code: "job_failed", jobId: id(1), operation: "result", retryable: false });
    expect([error.state, error.job.id, error.errors[0]?.message]).toEqual([state, id(1), "no luck"]);
    expect(error.message).toContain(state === "discarded" ? "was discarded: no luck" : "was cancelled");
    expect(JSON.stringify({ ...error })).not.toContain("secret");
  });

  it("is an error when there is no such job, which others that wait do not notice", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "active");
    const other = client.result(id(1));
    transport.refusals.push(refusal(404, "not_found"));
    await expect(client.result(id(2))).rejects.toMatchObject({ code: "not_found", jobId: id(2) });
    await rest();
    jobs.end(1);
    expect(await other).toBe(1);
  });

  it("is not waited for when a middleware has dropped the job", async () => {
    const { transport, client } = start();
    client.use({ name: "filter", enqueue: () => null });
    const job = await client.enqueue("t");
    await expect(client.result(job)).rejects.toMatchObject({ code: "not_found", message: /dropped by .* "filter"/ });
    expect([...transport.calls, ...transport.streams]).toEqual([]);
  });

  it("is waited for no longer than wanted, and not at all when the caller has had enough", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    const late = client.result(id(1), { timeout: "5s" });
    await rest();
    await expect(clock.until(late)).rejects.toMatchObject({ name: "OjsTimeoutError", jobId: id(1), hint: /goes on/ });
    const caller = new AbortController();
    const given = client.result(id(1), { signal: caller.signal });
    await rest();
    caller.abort("enough");
    await expect(given).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    await expect(client.result(id(1), { signal: caller.signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(client.result(id(1), { timeout: 0 })).rejects.toMatchObject({ details: { field: "timeout" } });
    await rest();
    expect(transport.open).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it("is told to all who wait for the same job, and one may leave", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "active");
    const caller = new AbortController();
    const results = [client.result(id(1)), client.result(id(1))];
    const gone = client.result(id(1), { signal: caller.signal });
    await rest();
    caller.abort();
    await expect(gone).rejects.toMatchObject({ code: "aborted" });
    expect(transport.streams).toHaveLength(1);
    jobs.end(1);
    expect(await Promise.all(results)).toEqual([1, 1]);
    expect(jobs.looks).toBe(2);
  });
});

describe("many results", () => {
  it("share one stream, and who comes later gets it to go on where it is", async () => {
    const { jobs, transport, client } = start();
    for (let n = 0; n < 60; n += 1) jobs.put(n, "active");
    const first = Array.from({ length: 50 }, (_, n) => client.result(id(n)));
    await rest();
    expect(transport.streams).toHaveLength(1);
    transport.last.send("id: a.0\n\n");
    await rest();
    const looks = jobs.looks;
    const later = Array.from({ length: 10 }, (_, n) => client.result(id(50 + n)));
    await rest();
    expect(transport.streams).toHaveLength(2);
    expect(transport.open).toHaveLength(1);
    expect(transport.last.lastEventId).toBe("a.0");
    expect(jobs.looks).toBe(looks + 10);
    for (let n = 0; n < 60; n += 1) jobs.end(n);
    expect(await Promise.all([...first, ...later])).toEqual(Array.from({ length: 60 }, (_, n) => n));
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it("are looked at again when nobody knows where the stream was", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "active");
    jobs.put(2, "active");
    const first = client.result(id(1));
    await rest();
    const { looks } = jobs;
    const second = client.result(id(2));
    jobs.put(1, "completed", { result: 1 });
    expect(await first).toBe(1);
    expect(jobs.looks).toBe(looks + 2);
    await rest();
    jobs.end(2);
    expect(await second).toBe(2);
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it("in thousands need one connection, and no other one for more of them", async () => {
    const { jobs, transport, client } = start();
    const many = 3_000;
    for (let n = 0; n < many + 10; n += 1) jobs.put(n, "active");
    const wait = (n: number): Promise<unknown> => client.result({ id: id(n), queue: "q" });
    const results = Array.from({ length: many }, (_, n) => wait(n));
    while (jobs.looks < many) await turn();
    expect(transport.streams).toHaveLength(1);
    expect(transport.last.request.path).toBe("/ojs/v1/events/stream?channel=queue%3Aq&event_types=job.state_changed");
    results.push(...Array.from({ length: 10 }, (_, n) => wait(many + n)));
    while (jobs.looks < many + 10) await turn();
    expect(transport.streams).toHaveLength(1);
    for (let n = 0; n < many; n += 1) jobs.end(n);
    expect(await Promise.all(results.slice(0, many))).toEqual(Array.from({ length: many }, (_, n) => n));
    await rest();
    // The few that are left need not hear of the whole queue.
    expect(transport.last.request.path).toContain("job%3A");
    expect(transport.open).toHaveLength(1);
    for (let n = many; n < many + 10; n += 1) jobs.end(n);
    await Promise.all(results);
  });

  it("need no stream for the last ones, whose ends were told and are looked at", async () => {
    const { jobs, transport, client } = start();
    const many = 101;
    for (let n = 0; n < many; n += 1) jobs.put(n, "active");
    const results = Array.from({ length: many }, (_, n) => client.result({ id: id(n), queue: "q" }));
    while (jobs.looks < many) await turn();
    const { respond } = transport;
    let answerLast = (): void => undefined;
    const isTime = new Promise<void>((resolve) => {
      answerLast = resolve;
    });
    transport.respond = async (request) => {
      if (request.path.includes(id(many - 1))) await isTime;
      return respond(request);
    };
    // As a server answers that has nothing more to tell of jobs that have ended.
    transport.refusals.push(...Array.from({ length: 50 }, () => answer(204, "")));
    for (let n = 0; n < many; n += 1) jobs.end(n);
    await Promise.all(results.slice(0, -1));
    await rest();
    expect(transport.refusals).toHaveLength(50);
    answerLast();
    expect(await results.at(-1)).toBe(many - 1);
    await rest();
    expect(transport.open).toHaveLength(0);
  });

  it("listen to everything when the queue of one is not known", async () => {
    const { jobs, transport, client } = start();
    for (let n = 0; n < 101; n += 1) jobs.put(n, "active");
    const results = Array.from({ length: 101 }, (_, n) => client.result(n === 0 ? id(n) : { id: id(n), queue: "q" }));
    while (jobs.looks < 101) await turn();
    expect(transport.last.request.path).toContain("channel=all&");
    for (let n = 0; n < 101; n += 1) jobs.end(n);
    await Promise.all(results);
  });
});

describe("a wait", () => {
  it("looks again after a gap, and when the stream was opened again", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    const first = client.result(id(1));
    await rest();
    jobs.put(1, "completed", { result: 1 });
    transport.last.event("a.1", "system.events_dropped", { dropped_count: 1 });
    expect(await first).toBe(1);
    await rest();
    jobs.put(2, "active");
    const second = client.result(id(2));
    await rest();
    jobs.put(2, "completed", { result: 2 });
    transport.last.break();
    expect(await clock.until(second)).toBe(2);
    expect(transport.streams.length).toBeGreaterThan(2);
  });

  it("looks from time to time, for events that nobody has told", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    const result = client.result(id(1));
    await rest();
    jobs.put(1, "completed", { result: 1 });
    const began = clock.now();
    const beats = setInterval(() => transport.last.send(":\n\n"), 1);
    expect(await clock.until(result)).toBe(1);
    clearInterval(beats);
    expect(clock.now() - began).toBe(60_000);
  });

  it("goes on when the server has nothing to tell, though the job has not ended", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    transport.refusals.push(answer(204, ""));
    const result = client.result(id(1));
    await rest();
    expect(jobs.looks).toBe(1);
    clock.next();
    await rest();
    expect(transport.streams).toHaveLength(1);
    jobs.end(1);
    expect(await result).toBe(1);
  });

  it("outlives looks that do not get through", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    const result = client.result(id(1));
    await rest();
    const { respond } = transport;
    transport.respond = () => refusal(503, "backend_error");
    jobs.end(1);
    await rest();
    transport.respond = respond;
    expect(await clock.until(result)).toBe(1);
  });

  it("ends with the server's refusal of the key", async () => {
    const { jobs, transport, client } = start();
    jobs.put(1, "active");
    transport.refusals.push(refusal(401, "unauthorized"));
    await expect(client.result(id(1))).rejects.toMatchObject({ name: "OjsAuthError" });
  });
});

describe("without streams", () => {
  it("the server is asked to hold the question", async () => {
    const { jobs, transport, clock, client } = start();
    jobs.put(1, "active");
    const { respond } = transport;
    let held = 0;
    transport.respond = (request) => {
      if (!request.path.includes("/result?")) return respond(request);
      expect(request.path).toBe(`/ojs/v1/jobs/${id(1)}/result?wait=true&timeout=20`);
      held += 1;
      if (held === 1) return refusal(408, "wait_timeout");
      jobs.put(1, "completed", { result: 1 });
      return answer(200, { job_id: id(1), state: "completed", result: 1, completed_at: "now" });
    };
    transport.refusals.push(refusal(422, "unsupported"));
    expect(await clock.until(client.result(id(1)))).toBe(1);
    expect(held).toBe(2);
    expect(transport.streams).toHaveLength(0);
  });

  it("a transport that carries none is enough, and so is a server that only has jobs", async () => {
    const jobs = new Jobs();
    const { transport } = jobs;
    const clock = new ManualClock();
    const client = new OjsClient(
      {
        transport: {
          request: async (request) =>
            request.path.includes("/result") ? refusal(404, "not_found") : transport.request(request),
        },
      },
      { clock },
    );
    jobs.put(1, "active");
    const result = client.result(id(1));
    await rest();
    jobs.put(1, "completed", { result: 1 });
    expect(await clock.until(result)).toBe(1);
    jobs.put(2, "active");
    const removed = client.result(id(2));
    await rest();
    jobs.remove(2);
    await expect(clock.until(removed)).rejects.toMatchObject({ code: "not_found" });
  });
});
