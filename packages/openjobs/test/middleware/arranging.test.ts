/** The five operations on a chain of middleware (ojs-middleware §5, §6), the same for clients and workers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Middleware, OjsClient, OjsConflictError, OjsValidationError, OjsWorker } from "../../src/index.ts";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

const named = (name: string): Middleware => ({ name, execute: (_, next) => next() });
const [a, b, c, x] = ["a", "b", "c", "x"].map(named) as [Middleware, Middleware, Middleware, Middleware];
const hosts = {
  client: () => new OjsClient({ url: "http://localhost:1" }),
  worker: () => new OjsWorker({ url: "http://localhost:1", handleSignals: false }),
};

describe.each(Object.entries(hosts))("the middleware of a %s", (_, host) => {
  it("is none at first, and is kept in the order of insertion", () => {
    expect(host().middleware).toEqual([]);
    expect(host().use(a, b).use(c).middleware).toEqual(["a", "b", "c"]);
  });

  it("can be prepended, inserted before and after another one, and removed", () => {
    expect(host().use(a, b).prepend(x, c).middleware).toEqual(["x", "c", "a", "b"]);
    expect(host().use(a, b).insertBefore("b", x).middleware).toEqual(["a", "x", "b"]);
    expect(host().use(a, b).insertAfter("a", x, c).middleware).toEqual(["a", "x", "c", "b"]);
    expect(host().use(a, b, c).remove("b").middleware).toEqual(["a", "c"]);
  });

  it("may hold the same twice: before the first, after the last, all removed", () => {
    expect(host().use(a, b, a).insertBefore("a", x).middleware).toEqual(["x", "a", "b", "a"]);
    expect(host().use(a, b, a).insertAfter("a", x).middleware).toEqual(["a", "b", "a", "x"]);
    expect(host().use(a, b, a).remove("a").middleware).toEqual(["b"]);
  });

  it("refuses names that are not there, and says which are", () => {
    for (const operation of ["insertBefore", "insertAfter"] as const) {
      expect(() => host().use(a, b)[operation]("tracing", x)).toThrow(OjsValidationError);
    }
    expect(() => host().use(a, b).remove("tracing")).toThrow(
      expect.objectContaining({ message: 'There is no middleware called "tracing".', hint: "There are: a, b." }),
    );
  });

  it("refuses what is no middleware when it is added", () => {
    // A function has a name too, so this compiles.
    expect(() => host().use(named)).toThrow(expect.objectContaining({ hint: "Call the function that makes it." }));
    expect(() => host().use({ name: "" })).toThrow(OjsValidationError);
    expect(() => host().use({ name: "idle" })).toThrow(OjsValidationError);
  });

  it("may do nothing but read", () => {
    expect(host().use({ name: "reader", read: (job) => job }).middleware).toEqual(["reader"]);
  });

  it("stands right beside its anchor, wherever that is, and ends up the same whenever the same is done", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, fc.nat(), fc.boolean(), (before, at, isBefore) => {
        const anchor = String(before[at % before.length]);
        const arrange = (): readonly string[] => {
          const target = host().use(...before.map(named));
          const inserted = named("\u0000new");
          return (isBefore ? target.insertBefore(anchor, inserted) : target.insertAfter(anchor, inserted)).middleware;
        };
        const after = arrange();
        expect(after.indexOf("\u0000new") - after.indexOf(anchor)).toBe(isBefore ? -1 : 1);
        expect(after.filter((name) => name !== "\u0000new")).toEqual(before);
        expect(arrange()).toEqual(after);
      }),
    );
  });
});

it("undoes what it did in the other order, for who looks at a job", async () => {
  await using server = await createServer({ storage: memory() });
  const marking = (name: string): Middleware => ({
    name,
    enqueue: (job, next) => next({ ...job, args: [...job.args, name] }),
    read: (job) => (job.args.at(-1) === name ? { ...job, args: job.args.slice(0, -1) } : job),
  });
  const plain = new OjsClient({ transport: server.transport });
  const client = new OjsClient({ transport: server.transport }).use(marking("a"), c, marking("b"));
  const { id } = await client.enqueue("note", [1]);
  expect((await plain.getJob(id)).args).toEqual([1, "a", "b"]);
  expect((await client.getJob(id)).args).toEqual([1]);
});

it("cannot be changed once the worker was started", async () => {
  await using server = await createServer({ storage: memory() });
  await using worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  worker.use(a);
  await worker.start();
  expect(() => worker.use(b)).toThrow(OjsConflictError);
  expect(() => worker.remove("a")).toThrow(expect.objectContaining({ hint: "Arrange it before the start." }));
  expect(worker.middleware).toEqual(["a"]);
});
