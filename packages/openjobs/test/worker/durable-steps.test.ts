import { describe, expect, it } from "vitest";
import { type JobContext, type JobHandler, OjsError, type Transport } from "../../src/index.ts";
import { startedBench, stubborn, ways } from "./bench.ts";
import { serverBench } from "./server-bench.ts";
import { disconnect, hang, refuse, wireJob } from "./stub-server.ts";

/** The checkpoint that comes with a job whose earlier attempts have done these. */
const behind = (...steps: readonly (readonly [string, unknown?])[]) => ({
  attempt: 2,
  checkpoint: { state: { openjobs_steps: steps }, sequence: steps.length },
});

/** Runs one job to its end and returns what the server was told. */
async function told(handler: JobHandler, fields: object = {}, ms = 0, way: (typeof ways)[number] = "alone") {
  const made = await startedBench(handler, {}, {}, way);
  made.server.push(wireJob({ lease: 7, ...fields }));
  await made.clock.advance(ms);
  const kept = made.server.of("checkpoint").map(({ body }) => body.state.openjobs_steps ?? body.state);
  return { ...made, kept, ack: made.server.of("ack")[0]?.body, nack: made.server.of("nack")[0]?.body };
}

/** Counts how often each step was done. */
function counting() {
  const done: string[] = [];
  const step = <T>(job: JobContext, name: string, result: T): Promise<T> =>
    job.step(name, () => {
      done.push(name);
      return result;
    });
  return { done, step };
}

describe("a step", () => {
  it("is kept before it counts, under the lease, with all that were done before it", async () => {
    const { kept, ack, server, worker } = await told(async (job) => {
      const { id } = await job.step("charge", async () => ({ id: "ch_1" }));
      await job.step("mail", () => undefined);
      return id;
    });
    expect(kept).toEqual([[["charge", { id: "ch_1" }]], [["charge", { id: "ch_1" }], ["mail"]]]);
    expect(server.of("checkpoint")[0]?.body).toMatchObject({ lease: 7, worker_id: worker.id });
    expect(ack.result).toBe("ch_1");
  });

  it("that an earlier attempt has done is not done again; its result is there", async () => {
    const { done, step } = counting();
    const { ack, kept } = await told(
      async (job) => {
        const first = await step(job, "a", 0);
        const second = await step(job, "b", undefined);
        return [first, second, await step(job, "c", 3)];
      },
      behind(["a", 1], ["b"]),
    );
    expect(done).toEqual(["c"]);
    expect(ack.result).toEqual([1, null, 3]);
    expect(kept).toEqual([[["a", 1], ["b"], ["c", 3]]]);
  });

  it("gives what JSON makes of its result the first time, too", async () => {
    const { ack } = await told(async (job) => {
      const result: unknown = await job.step("a", () => ({ at: new Date(0), nothing: undefined, none: Number.NaN }));
      return result;
    });
    expect(ack.result).toEqual({ at: "1970-01-01T00:00:00.000Z", none: null });
  });

  it("that fails is done again in the next attempt, and can be tried again in this one", async () => {
    let tries = 0;
    const { ack, kept } = await told(async (job) => {
      const flaky = () => job.step("a", () => (++tries < 3 ? Promise.reject(new Error("no")) : tries));
      await flaky().catch(() => undefined);
      await flaky().catch(() => undefined);
      return flaky();
    });
    expect(ack.result).toBe(3);
    expect(kept).toEqual([[["a", 3]]]);
  });

  it("ends the attempt with its error", async () => {
    const { nack, kept } = await told((job) => job.step("a", () => Promise.reject(new RangeError("no"))));
    expect(nack.error).toMatchObject({ type: "RangeError", message: "no", retryable: true });
    expect(kept).toEqual([]);
  });

  it("does not begin once the job was told to stop, but is kept if it ends then: its work is done", async () => {
    const { kept, nack } = await told(
      async (job) => {
        await job.step("a", () => new Promise((resolve) => job.signal.addEventListener("abort", resolve)));
        await job.step("b", () => 2);
      },
      { timeout_ms: 5_000 },
      5_000,
    );
    expect(kept).toEqual([[["a", expect.anything()]]]);
    expect(nack.error.type).toBe("timeout");
  });
});

describe("an attempt that takes another way than the one before", () => {
  it.each<[string, JobHandler, RegExp]>([
    ["does another step", (job) => job.step("pay", () => 1), /Step 1 was "a" in an earlier attempt and is "pay" now/],
    ["does them in another order", (job) => job.step("b", () => 1), /Step 1 was "a" .* is "b" now/],
    ["returns early", (job) => job.step("a", () => 1), /"b" of an earlier attempt was not reached/],
    ["does none", () => 1, /.*/],
  ])("fails for good when it %s", async (name, handler, message) => {
    const { nack, ack, kept } = await told(handler, behind(["a", 1], ["b", 2]));
    expect(kept).toEqual([]);
    // Of steps that it does not even ask for nothing is read: a handler without steps is none of ours.
    if (name === "does none") expect(ack.result).toBe(1);
    else {
      expect(nack.error).toMatchObject({
        type: "StepError",
        retryable: false,
        message: expect.stringMatching(message),
      });
      expect(nack.error.message).toMatch(/new type|delete its checkpoint/);
    }
  });

  it("fails as it would have, when it fails before it gets there", async () => {
    const { nack } = await told(
      async (job) => {
        await job.step("a", () => 1);
        throw new RangeError("no");
      },
      behind(["a", 1], ["b", 2]),
    );
    expect(nack.error).toMatchObject({ type: "RangeError", retryable: true });
  });

  it("cannot swallow that it did", async () => {
    const { nack } = await told(
      async (job) => {
        await job.step("other", () => 1).catch(() => undefined);
        await job.step("a", () => 1).catch(() => undefined);
        return "fine";
      },
      behind(["a", 1]),
    );
    expect(nack.error).toMatchObject({ type: "StepError", retryable: false });
  });
});

describe("a step that cannot be right", () => {
  it.each<[string, JobHandler, RegExp]>([
    ["has no name", (job) => job.step("", () => 1), /needs a name/],
    [
      "has the name of another",
      async (job) => [await job.step("a", () => 1), await job.step("a", () => 1)],
      /two steps "a"/,
    ],
    [
      "begins while another runs",
      (job) => Promise.all([job.step("a", () => 1), job.step("b", () => 1)]),
      /before "a" was done/,
    ],
    ["is inside of another", (job) => job.step("a", () => job.step("b", () => 1)), /before "a" was done/],
    [
      "comes after one that failed",
      async (job) => {
        await job.step("a", () => Promise.reject(new Error("no"))).catch(() => undefined);
        return job.step("b", () => 1);
      },
      /"a" failed, and the handler went on to "b"/,
    ],
    ["returns what JSON cannot write", (job) => job.step("a", () => 1n), /result of step "a" cannot be kept/],
    [
      "returns more than there is room for",
      (job) => job.step("a", () => "x".repeat(1_100_000)),
      /too large to be kept \(1100029 of at most 1048576 bytes\)/,
    ],
  ])("ends the job with a hint when it %s", async (_, handler, message) => {
    const { nack } = await told(handler);
    expect(nack.error).toMatchObject({ type: "StepError", retryable: false, message: expect.stringMatching(message) });
  });

  it("ends the job when the server finds it too large", async () => {
    const made = await startedBench((job) => job.step("a", () => 1));
    made.server.replies.checkpoint = () => refuse(413, "payload_too_large");
    made.server.push(wireJob());
    await made.clock.advance(0);
    expect(made.server.of("nack")[0]?.body.error).toMatchObject({ type: "StepError", retryable: false });
    expect(made.server.of("nack")[0]?.body.error.details.causes).toMatchObject([{ code: "payload_too_large" }]);
  });

  it("goes with no checkpoint that something else has written", async () => {
    const { nack } = await told((job) => job.step("a", () => 1), { checkpoint: { state: { cursor: 7 }, sequence: 1 } });
    expect(nack.error).toMatchObject({ type: "StepError", message: expect.stringMatching(/not written by job.step/) });
  });

  it("goes with no checkpoints of the handler's own", async () => {
    const { nack } = await told(async (job) => {
      await job.checkpoint({ cursor: 1 });
      await job.step("a", () => 1);
    });
    expect(nack.error.message).toMatch(/either steps or checkpoints/);
  });
});

describe("a server that does not answer", () => {
  async function kept(reply: () => unknown, ms: number) {
    const made = await startedBench((job) => job.step("a", () => 1));
    made.server.replies.checkpoint = reply as never;
    made.server.push(wireJob());
    await made.clock.advance(ms);
    return made;
  }

  it.each<[string, () => unknown]>([
    ["is not there", disconnect],
    ["has trouble", () => refuse(503, "backend_error")],
    ["is behind a proxy with a page of its own", () => ({ status: 404, headers: {}, body: "<html>" })],
  ])("is asked again while it %s, and the step counts once it is kept", async (_, reply) => {
    const made = await kept(reply, 3_000);
    expect(made.server.of("checkpoint").length).toBeGreaterThan(3);
    expect(made.server.of("ack")).toHaveLength(0);
    delete made.server.replies.checkpoint;
    await made.clock.advance(1_000);
    expect(made.server.acked).toHaveLength(1);
  });

  it("ends the attempt when the lease has run out", async () => {
    const made = await startedBench((job) => job.step("a", () => 1));
    made.server.replies.checkpoint = disconnect;
    made.server.replies.heartbeat = disconnect;
    made.server.push(wireJob({ visibility_timeout_ms: 4_000 }));
    await made.clock.advance(10_000);
    expect(made.server.of("nack")[0]?.body.error).toMatchObject({ code: "connection_error", retryable: true });
  });

  it("loses the job when the server has given it away: nothing is told any more", async () => {
    const seen: unknown[] = [];
    const made = await startedBench(async (job) => {
      await job.step("a", () => 1).catch((error: unknown) => seen.push(error, job.signal.reason));
    });
    made.server.replies.checkpoint = () => refuse(409, "conflict");
    made.server.push(wireJob());
    await made.clock.advance(5_000);
    expect(seen).toEqual([expect.objectContaining({ name: "JobAbortError", cause: "lease_lost" }), seen[0]]);
    expect([...made.server.of("ack"), ...made.server.of("nack")]).toEqual([]);
    expect(made.worker.activeJobs).toBe(0);
  });

  it("does not keep a worker from stopping", async () => {
    const made = await kept(hang, 1_000);
    const stopping = made.worker.stop({ grace: 0 });
    await made.clock.advance(60_000);
    await stopping;
    expect(made.worker.state).toBe("terminated");
  });
});

describe("a checkpoint of the handler's own", () => {
  it("is kept, and the next attempt gets it", async () => {
    const { kept } = await told(async (job) => job.checkpoint({ cursor: 7 }));
    expect(kept).toEqual([{ cursor: 7 }]);
    const next = await told((job) => job.resumeFrom, { checkpoint: { state: { cursor: 7 }, sequence: 1 } });
    expect(next.ack.result).toEqual({ cursor: 7 });
    expect((await told((job) => job.resumeFrom === undefined)).ack.result).toBe(true);
  });
});

describe.each(ways)("on the real server, with outcomes that travel %s", (way) => {
  const at = serverBench();

  /** A way to the server that can be cut. */
  function cuttable() {
    const wire = { isCut: false };
    const transport: Transport = {
      request: (request) => (wire.isCut ? hang() : at().transport.request(request)),
    };
    return { wire, transport };
  }

  it("a job goes on where its worker died, on another one", async () => {
    const { worker, client, pass } = at();
    const { done, step } = counting();
    const { wire, transport } = cuttable();
    const options = { visibilityTimeout: 10_000, exchange: way === "in an exchange" } as const;
    // With one slot it waits for no other job.
    const first = worker({ ...options, transport, concurrency: 1 });
    first.register("order.ship", async (job) => {
      await step(job, "charge", { id: "ch_1" });
      wire.isCut = true; // it has died: nothing that it does now is heard of
      await step(job, "label", "lost");
      await stubborn(job);
    });
    await first.start();
    const { id } = await client.enqueue("order.ship", []);
    await pass(0);
    expect(done).toEqual(["charge", "label"]);

    const second = worker(options);
    second.register("order.ship", async (job) => {
      const charge = await step(job, "charge", { id: "ch_2" });
      const label = await step(job, "label", "L-1");
      return [charge.id, label];
    });
    await second.start();
    await pass(60_000);
    expect(done).toEqual(["charge", "label", "label"]);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 2, result: ["ch_1", "L-1"] });
  });

  it("a worker that has lost its job cannot write over what the next one has kept", async () => {
    const { worker, client, server, pass } = at();
    let goOn = (): void => undefined;
    const late: unknown[] = [];
    const { wire, transport } = cuttable();
    const options = { visibilityTimeout: 10_000, exchange: way === "in an exchange" } as const;
    // With one slot it waits for no other job.
    const first = worker({ ...options, transport, concurrency: 1 });
    first.register("order.ship", async (job) => {
      wire.isCut = true;
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      wire.isCut = false;
      await job.step("late", () => 1).catch((error: unknown) => late.push(error));
    });
    await first.start();
    const { id } = await client.enqueue("order.ship", []);
    await pass(0);
    const second = worker(options);
    second.register("order.ship", async (job) => {
      await job.step("charge", () => "ch_1");
      await stubborn(job);
    });
    await second.start();
    await pass(15_000);
    goOn();
    await pass(0);
    expect(late).toMatchObject([{ name: "JobAbortError", cause: "lease_lost" }]);
    const kept = await server.transport.request({ method: "GET", path: `/ojs/v1/jobs/${id}/checkpoint`, headers: {} });
    expect(JSON.parse(kept.body)).toMatchObject({ state: { openjobs_steps: [["charge", "ch_1"]] }, sequence: 1 });
  });

  it("a failed attempt does not lose its steps, nor does a job that is snoozed", async () => {
    const { worker, client, pass } = at();
    const { done, step } = counting();
    const made = worker({ exchange: way === "in an exchange" });
    made.register("order.ship", async (job) => {
      await step(job, "charge", 1);
      if (job.attempt === 1) throw new OjsError("backend_error", "the API is down");
      return step(job, "label", 2);
    });
    await made.start();
    const { id } = await client.enqueue("order.ship", [], { retry: { initialInterval: 1_000, jitter: false } });
    await pass(2_000);
    expect(done).toEqual(["charge", "label"]);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: 2 });
  });
});
