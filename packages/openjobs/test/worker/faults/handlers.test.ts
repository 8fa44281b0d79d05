/** Handlers that misbehave in every way a function can, against a real server: the job ends as it should, the worker goes on. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobHandler } from "../../../src/index.ts";
import { stubborn } from "../bench.ts";
import { FaultBench, MODES, passTime, until } from "./fault-bench.ts";

const hostile: ProxyHandler<object> = new Proxy(
  {},
  {
    get: () => () => {
      throw new Error("no trap lets anybody in");
    },
  },
);

function withField(name: string, value: unknown): Error {
  return Object.defineProperty(new Error("told"), name, { value });
}

function withGetters(...names: string[]): object {
  const boobyTrap = {
    get: () => {
      throw new Error("do not touch");
    },
  };
  return Object.defineProperties(new Error("told"), Object.fromEntries(names.map((name) => [name, boobyTrap])));
}

const circle: { self?: unknown } = {};
circle.self = circle;

const thrown: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "a string": "plain words",
  "an empty string": "",
  "a number": Number.NaN,
  "a bigint": 1n,
  "a symbol": Symbol("odd"),
  "a function": () => 1,
  "a frozen object": Object.freeze({ code: "E1" }),
  "a frozen Error": Object.freeze(new Error("cold")),
  "an object without a prototype": Object.create(null),
  "a circle": circle,
  "a Proxy that throws at every touch": new Proxy({}, hostile),
  "a Proxy of an Error that throws at every touch": new Proxy(new Error("x"), hostile),
  "a revoked Proxy": (() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  })(),
  "an Error with getters that throw": withGetters("stack", "name", "message", "cause", "retryable"),
  "an object with getters that throw": withGetters("toJSON", "toString"),
  "an Error whose name is a number": withField("name", 42),
  "an Error whose name is a symbol": withField("name", Symbol("name")),
  "an Error whose name is endless": withField("name", "n".repeat(300_000)),
  "an Error whose message is an object": withField("message", { deep: circle }),
  "an Error whose message is endless": new Error("m".repeat(2_000_000)),
  "an Error whose stack is a number": withField("stack", 7),
  "an Error whose cause is itself": (() => {
    const error = new Error("ouroboros");
    error.cause = error;
    return error;
  })(),
  "an Error whose message is half a character": new Error("\ud800 and \u0000"),
};

const unstorable: Readonly<Record<string, unknown>> = {
  "a circle": circle,
  "a bigint": 10n,
  "a bigint far inside": { a: [{ b: 1n }] },
  "a function": () => 1,
  "a symbol": Symbol("s"),
  "a value whose toJSON is undefined": { toJSON: () => undefined },
  "2 MB": "x".repeat(2_000_000),
  "a value whose toJSON throws": {
    toJSON: () => {
      throw new Error("no");
    },
  },
  "a value whose toJSON throws a hostile Proxy": {
    toJSON: () => {
      throw new Proxy({}, hostile);
    },
  },
  "a Proxy that throws": new Proxy([], { get: (_, key) => (key === "then" ? undefined : Reflect.get(hostile, key)()) }),
  "an abyss": (() => {
    let value: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    return value;
  })(),
};

const storable: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  NaN: Number.NaN,
  "an Error": new Error("as a value"),
  "a Map": new Map([[1, 2]]),
  "half a character": "\ud800",
  "an object with __proto__": JSON.parse('{"__proto__":1}'),
};

describe.concurrent.each(MODES.map((mode) => ({ mode })))("$mode", ({ mode }) => {
  const entries = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  const failing = { retry: { maxAttempts: 1 } } as const;

  /** Enqueues a job of which there is only one attempt, and waits until it is over. */
  async function endOne(bench: FaultBench): Promise<string> {
    const { id } = await bench.client.enqueue("test.job", [], failing);
    await until(async () => ["discarded", "completed"].includes(String((await bench.client.getJob(id)).state)));
    return id;
  }

  /** Runs such a job, and then an ordinary one. */
  async function runOne(handler: JobHandler): Promise<{ state: unknown; error: unknown; result: unknown }> {
    await using bench = await FaultBench.start(mode, handler);
    let id = await endOne(bench);
    // A busy machine can lose the lease before there is a run: that says nothing of the handler.
    for (let again = 0; again < 3 && !bench.runs.has(id); again += 1) id = await endOne(bench);
    await bench.expectWorksAgain();
    await until(() => bench.worker.activeJobs === 0);
    expect(bench.worker.activeJobs).toBe(0);
    expect(bench.runs.get(id)).toBe(1);
    await bench.worker.stop({ grace: 500 });
    const { state, error, result } = await bench.client.getJob(id);
    return { state, error, result };
  }

  describe("a failed attempt is what becomes of a handler that", () => {
    it.concurrent.each(entries(thrown).slice(0, 6))("throws $name at once", async ({ value }) => {
      const job = await runOne(() => {
        throw value;
      });
      expect(job).toMatchObject({
        state: "discarded",
        error: { type: expect.any(String), message: expect.any(String) },
      });
    });

    it.concurrent.each(entries(thrown))("rejects with $name", async ({ value }) => {
      const job = await runOne(async () => {
        await passTime(1);
        throw value;
      });
      expect(job).toMatchObject({
        state: "discarded",
        error: { type: expect.any(String), message: expect.any(String) },
      });
    });
  });

  describe("a result that cannot be stored ends the job for good:", () => {
    it.concurrent.each(entries(unstorable))("$name", async ({ value }) => {
      expect(await runOne(async () => value)).toMatchObject({ state: "discarded", error: { code: "result_rejected" } });
    });
  });

  describe("a result that JSON softens completes the job:", () => {
    it.concurrent.each(entries(storable))("$name", async ({ value }) => {
      expect(await runOne(async () => value)).toMatchObject({ state: "completed" });
    });
  });

  it.concurrent("a thenable that throws is a failure like another", async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      then: () => {
        throw new Error("in then");
      },
    };
    expect(await runOne(() => thenable)).toMatchObject({ state: "discarded", error: { message: "in then" } });
  });

  it.concurrent("a thenable that answers twice counts once", async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      then: (end: (value: unknown) => void, fail: (error: unknown) => void) => {
        end("first");
        fail(new Error("second"));
        end("third");
      },
    };
    expect(await runOne(() => thenable)).toMatchObject({ state: "completed", result: "first" });
  });

  it.concurrent("a handler that never settles keeps its slot, no other, and does not keep the worker from stopping", async () => {
    await using bench = await FaultBench.start(mode, stubborn, { concurrency: 2 });
    const id = await bench.enqueue();
    await until(() => bench.worker.activeJobs === 1);
    await bench.expectWorksAgain();
    await until(() => bench.worker.activeJobs === 1);
    // A request that was late on a busy machine makes it unhealthy until the next one.
    await until(() => bench.worker.health().healthy);
    expect(bench.worker.health()).toMatchObject({ healthy: true, activeJobs: 1 });
    await bench.finish(100);
    expect(await bench.client.getJob(id)).toMatchObject({ state: "available" });
  });

  it.concurrent("a handler that never settles is ended by the job's timeout", async () => {
    await using bench = await FaultBench.start(mode, stubborn);
    const { id } = await bench.client.enqueue("test.job", [], { ...failing, timeout: "1s" });
    await until(async () => (await bench.client.getJob(id)).state === "discarded");
    expect(await bench.client.getJob(id)).toMatchObject({ state: "discarded", error: { type: "timeout" } });
    await bench.finish();
  });
});

describe.each(MODES.map((mode) => ({ mode })))("an unhandled rejection ($mode)", ({ mode }) => {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  let others: NodeJS.UnhandledRejectionListener[] = [];

  beforeEach(() => {
    seen.length = 0;
    others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
  });

  afterEach(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of others) process.on("unhandledRejection", listener);
  });

  it("of a promise that a handler let go is the user's: it is reported as it is, and the job is done", async () => {
    const mine = new Error("nobody waits for me");
    await using bench = await FaultBench.start(mode, () => {
      void Promise.reject(mine);
      return "done";
    });
    const id = await bench.enqueue();
    await bench.expectDone([id], { runs: 1, attempt: 1 });
    await bench.finish();
    expect(seen).toEqual([mine]);
  });
});
