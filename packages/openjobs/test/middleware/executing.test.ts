/** Middleware around handlers (ojs-middleware §4, §7.3). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JobHandler, type Middleware, OjsClient, OjsWorker } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

let server: OjsServer;
let client: OjsClient;
const workers: OjsWorker[] = [];

beforeEach(async () => {
  server = await createServer({ storage: memory() });
  client = new OjsClient({ transport: server.transport });
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ grace: 0 })));
  await server.close({ graceMs: 0 });
});

/** Runs one job through the middleware; gives back what became of it. */
async function runOne(middleware: readonly Middleware[], handler: JobHandler, args: object = {}) {
  const worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  workers.push(worker);
  worker.use(...middleware).register("work", handler);
  const { id } = await client.enqueue("work", args, { retry: { maxAttempts: 1 } });
  await worker.start();
  await expect.poll(async () => (await client.getJob(id)).state, { interval: 5 }).toMatch(/completed|discarded/);
  await worker.stop();
  return client.getJob(id);
}

describe("middleware around a handler", () => {
  it("is nested: the first is the outermost", async () => {
    const seen: string[] = [];
    const telling = (name: string): Middleware => ({
      name,
      execute: async (_, next) => {
        seen.push(`${name} begins`);
        const result = await next();
        seen.push(`${name} ends`);
        return result;
      },
    });
    const job = await runOne([telling("a"), telling("b")], () => {
      seen.push("handler");
      return 7;
    });
    expect(seen).toEqual(["a begins", "b begins", "handler", "b ends", "a ends"]);
    expect(job.result).toBe(7);
  });

  it("keeps the result of a handler although it forgets to return it, and can change it", async () => {
    const forgetful: Middleware = { name: "forgetful", execute: async (_, next) => void (await next()) };
    const doubling: Middleware = { name: "doubling", execute: async (_, next) => Number(await next()) * 2 };
    expect((await runOne([forgetful, doubling, forgetful], () => 21)).result).toBe(42);
  });

  it("can show the handler other arguments, meta and results of parents", async () => {
    const decrypting: Middleware = {
      name: "decrypting",
      execute: (job, next) =>
        next({ args: [{ secret: `not ${String(job.arg("secret"))}` }], meta: { by: "decrypting" } }),
    };
    const job = await runOne(
      [decrypting],
      ({ args, arg, meta, job }) => ({ args, arg: arg("secret"), meta, job: job.args }),
      {
        secret: "x",
      },
    );
    const args = [{ secret: "not x" }];
    expect(job.result).toEqual({ args, arg: "not x", meta: { by: "decrypting" }, job: args });
    expect(job.args).toEqual([{ secret: "x" }]);
  });

  it("can answer instead of the handler", async () => {
    const job = await runOne([{ name: "cache", execute: () => "cached" }], () => "fresh");
    expect(job.result).toBe("cached");
  });

  it("sees what the handler throws, and can throw something else or nothing", async () => {
    const broken: JobHandler = () => {
      throw new TypeError("it broke");
    };
    const rethrowing: Middleware = {
      name: "rethrowing",
      execute: (_, next) =>
        next().catch((error: unknown) => {
          throw new RangeError("out of range", { cause: error });
        }),
    };
    expect((await runOne([rethrowing], broken)).error).toMatchObject({ type: "RangeError" });
    const handling: Middleware = { name: "handling", execute: (_, next) => next().catch(() => "handled") };
    expect(await runOne([handling, rethrowing], broken)).toMatchObject({ state: "completed", result: "handled" });
  });

  it("fails the attempt when it breaks itself, or calls next twice, and it is told whose fault it is", async () => {
    const twice: Middleware = { name: "twice", execute: async (_, next) => [await next(), await next()] };
    let ran = 0;
    const job = await runOne([twice], () => {
      ran += 1;
    });
    expect(ran).toBe(1);
    expect(job.error).toMatchObject({ type: "MiddlewareError", message: expect.stringContaining('"twice"') });
  });
});
