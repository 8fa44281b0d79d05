/** Middleware between producers and the server, on every way there (ojs-middleware §3, §7.1, §7.2). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  batch,
  chain,
  graph,
  group,
  type Middleware,
  MiddlewareError,
  OjsClient,
  OjsConflictError,
  OjsValidationError,
  type OutgoingJob,
  step,
  type TransportRequest,
} from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

let server: OjsServer;
let client: OjsClient;
let sent: TransportRequest[];

beforeEach(async () => {
  server = await createServer({ storage: memory() });
  sent = [];
  const { transport } = server;
  client = new OjsClient({
    transport: {
      request: (request) => {
        sent.push(request);
        return transport.request(request);
      },
    },
  });
});

afterEach(() => server.close({ graceMs: 0 }));

const marking: Middleware = {
  name: "marking",
  enqueue: (job, next) => next({ ...job, meta: { ...job.meta, via: job.via } }),
};
const dropping: Middleware = { name: "dropping", enqueue: (job, next) => (job.type === "no" ? null : next(job)) };
const failing: Middleware = {
  name: "failing",
  enqueue: (job, next) => {
    if (job.type === "bad") throw new RangeError("not this one");
    return next(job);
  },
};

/** The jobs that the server has. */
async function stored(): Promise<number> {
  const { items } = await client.listQueues();
  const counts = await Promise.all(items.map(async ({ name }) => (await client.getQueueStats(name)).counts));
  return counts.reduce((sum, { available = 0, pending = 0 }) => sum + available + pending, 0);
}

describe("one job", () => {
  it("shows middleware the whole job, and sends what it made of it", async () => {
    const seen: OutgoingJob[] = [];
    client.use({
      name: "seeing",
      enqueue: (job, next) => {
        seen.push(job);
        return next({ ...job, queue: "other", args: [...job.args, 2], priority: 5, meta: { a: 1 } });
      },
    });
    const job = await client.enqueue("t", { n: 1 }, { timeout: "5s", tags: ["x"] });
    expect(seen).toEqual([
      {
        id: job.id,
        type: "t",
        args: [{ n: 1 }],
        queue: "default",
        meta: {},
        via: "enqueue",
        timeout: "5s",
        tags: ["x"],
      },
    ]);
    const facts = { queue: "other", args: [{ n: 1 }, 2], priority: 5, meta: { a: 1 }, timeoutMs: 5_000, tags: ["x"] };
    expect(job).toMatchObject(facts);
    expect(await client.getJob(job.id)).toMatchObject(facts);
  });

  it("goes through in order of insertion; the answer comes back the other way", async () => {
    const seen: string[] = [];
    const telling = (name: string): Middleware => ({
      name,
      enqueue: async (job, next) => {
        seen.push(`${name} ${job.args.length}`);
        const submitted = await next({ ...job, args: [...job.args, name] });
        seen.push(`${name} ${submitted?.accepted?.state}`);
        return submitted;
      },
    });
    const job = await client.use(telling("a"), telling("b")).enqueue("t");
    expect(seen).toEqual(["a 0", "b 1", "b available", "a available"]);
    expect(job.args).toEqual(["a", "b"]);
  });

  it("is not sent when it is dropped: no error, but a state that says so and by whom", async () => {
    const later: string[] = [];
    client.use(dropping, {
      name: "later",
      enqueue: (job, next) => {
        later.push(job.type);
        return next(job);
      },
    });
    expect(await client.enqueue("no", [1])).toMatchObject({ state: "dropped", droppedBy: "dropping", args: [1] });
    expect(sent).toEqual([]);
    expect((await client.enqueue("yes")).droppedBy).toBeUndefined();
    expect(later).toEqual(["yes"]);
  });

  it("tells those before that it was dropped", async () => {
    const answers: unknown[] = [];
    const asking: Middleware = {
      name: "asking",
      enqueue: async (job, next) => {
        const answer = await next(job);
        answers.push(answer);
        return answer;
      },
    };
    await client.use(asking, dropping).enqueue("no");
    expect(answers).toEqual([null]);
  });

  it("is not sent when middleware throws, and the caller gets what was thrown", async () => {
    await expect(client.use(failing).enqueue("bad")).rejects.toThrow(RangeError);
    expect(sent).toEqual([]);
  });

  it("is told to the caller when middleware breaks its contract", async () => {
    const twice: Middleware = { name: "m", enqueue: async (job, next) => (await next(job)) && next(job) };
    const idle: Middleware = { name: "m", enqueue: () => undefined };
    const renaming: Middleware = { name: "m", enqueue: (job, next) => next({ ...job, id: "another" }) };
    for (const wrong of [idle, renaming, twice]) {
      const own = new OjsClient({ transport: server.transport }).use(wrong);
      await expect(own.enqueue("t")).rejects.toThrow(MiddlewareError);
    }
    expect(await stored()).toBe(1); // the first next() of `twice` had worked
  });

  it("is accepted although middleware forgets to return what next gave", async () => {
    client.use({ name: "forgetful", enqueue: async (job, next) => void (await next(job)) });
    expect(await client.enqueue("t")).toMatchObject({ type: "t", state: "available" });
  });

  it("passes errors of the server through the chain", async () => {
    const seen: unknown[] = [];
    const catching: Middleware = {
      name: "catching",
      enqueue: (job, next) =>
        next(job).catch((error: unknown) => {
          seen.push(error);
          throw error;
        }),
    };
    const { id } = await client.enqueue("t");
    await expect(client.use(catching).enqueue("other", [], { id })).rejects.toThrow(OjsConflictError);
    expect(seen).toEqual([expect.any(OjsConflictError)]);
  });

  it("keeps the chain that it began with", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    client.use({ name: "slow", enqueue: (job, next) => held.then(() => next(job)) });
    const first = client.enqueue("t");
    client.use(marking);
    release();
    expect((await first).meta).toEqual({});
    expect((await client.enqueue("t")).meta).toEqual({ via: "enqueue" });
  });
});

describe("a batch", () => {
  it("takes each job through the chain, and is one request", async () => {
    const jobs = await client.use(marking, dropping).enqueueBatch([{ type: "a" }, { type: "no" }, { type: "b" }]);
    expect(jobs.map(({ type, state }) => [type, state])).toEqual([
      ["a", "available"],
      ["no", "dropped"],
      ["b", "available"],
    ]);
    expect(jobs[2]?.meta).toEqual({ via: "batch" });
    expect(sent).toHaveLength(1);
  });

  it("is not sent when nothing is left of it, and not when middleware fails for one of its jobs", async () => {
    expect(await client.use(dropping, failing).enqueueBatch([{ type: "no" }])).toMatchObject([{ state: "dropped" }]);
    await expect(client.enqueueBatch([{ type: "a" }, { type: "bad" }, { type: "b" }])).rejects.toThrow(RangeError);
    expect(sent).toEqual([]);
  });

  it("gives each job its own answer, and all of them the error of the request", async () => {
    const answers: unknown[] = [];
    const asking: Middleware = {
      name: "asking",
      enqueue: async (job, next) => {
        try {
          const answer = await next(job);
          answers.push(answer?.accepted?.id === job.id);
          return answer;
        } catch (error) {
          answers.push(error instanceof OjsValidationError);
          throw error;
        }
      },
    };
    client.use(asking);
    await client.enqueueBatch([{ type: "a" }, { type: "b" }]);
    await expect(client.enqueueBatch([{ type: "a" }, { type: "B!" }])).rejects.toThrow(OjsValidationError);
    expect(answers).toEqual([true, true, true, true]);
  });
});

describe("a workflow", () => {
  it("takes every step through the chain: nested ones and callbacks too, with the options around them", async () => {
    const seen: string[] = [];
    client.use(marking, {
      name: "seeing",
      enqueue: (job, next) => {
        seen.push(`${job.type} ${job.queue} ${job.id}`);
        return next(job);
      },
    });
    const inner = batch([step("b")], { onComplete: step("c", [], { queue: "own" }) });
    const definition = chain([step("a"), group([inner, step("d")])], { options: { queue: "around" } });
    const { id } = await client.createWorkflow(definition);
    expect(seen).toEqual(["a around undefined", "b around undefined", "c own undefined", "d around undefined"]);
    const body = JSON.parse(String(sent[0]?.body));
    expect(body.steps[0]).toMatchObject({ type: "a", meta: { via: "workflow" }, options: { queue: "around" } });
    expect(body.steps[1].jobs[0].callbacks.on_complete).toMatchObject({ type: "c", options: { queue: "own" } });
    expect(JSON.stringify(body).match(/"via":"workflow"/g)).toHaveLength(4);
    expect((await client.getWorkflow(id)).state).toBe("running");
  });

  it("takes the steps of a graph through it, and leaves what depends on what", async () => {
    await client
      .use(marking)
      .createWorkflow(
        graph({ one: step("a"), two: { ...step("b"), dependsOn: ["one"] } }, { name: "g", options: { queue: "q" } }),
      );
    const body = JSON.parse(String(sent[0]?.body));
    expect(body).toMatchObject({
      name: "g",
      steps: [{ id: "one" }, { id: "two", depends_on: ["one"], meta: { via: "workflow" } }],
    });
  });

  it("is not created without one of its steps", async () => {
    client.use(dropping);
    const definition = chain([step("a"), group([step("b"), step("no")])]);
    await expect(client.createWorkflow(definition)).rejects.toThrow(
      expect.objectContaining({ details: { field: "steps[1].jobs[1]" } }),
    );
    expect(sent).toEqual([]);
  });
});

describe("a recurring job", () => {
  const schedule = { name: "daily", cron: "0 9 * * *" };

  it("goes through the chain when it is registered, and when its job is changed", async () => {
    client.use(marking);
    await client.registerCronJob({ ...schedule, type: "report", args: [1], options: { queue: "q" } });
    expect(JSON.parse(String(sent[0]?.body))).toMatchObject({
      cron: "0 9 * * *",
      type: "report",
      meta: { via: "cron" },
    });
    await client.updateCronJob("daily", { type: "report", args: [2] });
    expect(JSON.parse(String(sent[1]?.body))).toMatchObject({ args: [2], meta: { via: "cron" } });
    await client.updateCronJob("daily", { cron: "0 8 * * *" });
    expect(JSON.parse(String(sent[2]?.body))).toEqual({ cron: "0 8 * * *" });
  });

  it("is not changed by halves, which middleware could not tell from the whole", async () => {
    client.use(marking);
    await expect(client.updateCronJob("daily", { args: ["secret"] })).rejects.toThrow(OjsValidationError);
    expect(sent).toEqual([]);
  });

  it("is not registered when it is dropped, and its caller is told", async () => {
    const registering = client.use(dropping).registerCronJob({ ...schedule, type: "no" });
    await expect(registering).rejects.toThrow(OjsValidationError);
    expect(sent).toEqual([]);
  });
});
