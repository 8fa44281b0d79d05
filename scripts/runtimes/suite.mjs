// What the SDK promises wherever it runs, without a test runner: none runs on all of these. Every check throws, or is fine.

/**
 * @param {object} sdk What `import("openjobs")` gave.
 * @param {object} where Options for clients and workers: `{ url }` or `{ transport }`.
 * @returns {Promise<string[]>} What was checked.
 */
export async function runSuite(sdk, where) {
  const queue = `suite-${sdk.runtime}-${where.transport === undefined ? "http" : "here"}`;
  const client = new sdk.OjsClient(where);
  const bench = { sdk, where, queue, client };
  const checked = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(bench);
    } catch (error) {
      throw new Error(`${name}: ${error?.message ?? error}`, { cause: error });
    }
    checked.push(name);
  }
  await client.close();
  return checked;
}

const checks = {
  "ids are UUIDv7 and sorted": async ({ client, queue }) => {
    const first = await client.enqueue("id.first", [], { queue, delay: "1h" });
    const second = await client.enqueue("id.second", [], { queue, delay: "1h" });
    equal(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(first.id), true);
    equal(first.id < second.id, true);
  },

  "calls of one moment all get their own job": async ({ client, queue }) => {
    const jobs = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.enqueue("many.one", { n }, { queue, delay: "1h" })),
    );
    equal(jobs.map(({ args }) => args[0].n).join(), Array.from({ length: 50 }, (_, n) => n).join());
  },

  "a batch is all or nothing": async ({ client, queue }) => {
    const options = { queue, delay: "1h" };
    equal(
      (
        await client.enqueueBatch([
          { type: "batch.a", options },
          { type: "batch.b", options },
        ])
      ).length,
      2,
    );
    const refused = await rejected(
      client.enqueueBatch([
        { type: "batch.a", options },
        { type: "No Type", options },
      ]),
    );
    equal(refused.name, "OjsValidationError");
    equal(refused.details.field, "jobs[1].type");
  },

  "a worker runs jobs, and a failure is tried again": async (bench) => {
    const { client, queue } = bench;
    let failures = 0;
    await working(
      bench,
      {
        "work.add": (job) => job.arg("a") + job.arg("b"),
        "work.flaky": () => {
          failures += 1;
          if (failures === 1) throw new TypeError("the first time");
          return "the second time";
        },
      },
      async () => {
        const sum = await client.enqueue("work.add", { a: 1, b: 2 }, { queue });
        const flaky = await client.enqueue("work.flaky", [], {
          queue,
          retry: { maxAttempts: 2, initialInterval: 10, jitter: false },
        });
        equal((await ended(client, sum.id)).result, 3);
        const { state, attempt, result, errors } = await ended(client, flaky.id);
        equal([state, attempt, result, errors[0].message].join(), "completed,2,the second time,the first time");
      },
    );
  },

  "a workflow hands results on": async (bench) => {
    const { client, queue, sdk } = bench;
    const { chain, group, step } = sdk;
    await working(
      bench,
      { "flow.number": (job) => job.args[0], "flow.sum": (job) => [job.parentResults.flat(2)].flat() },
      async () => {
        const options = { queue };
        const { id } = await client.createWorkflow(
          chain([
            group([step("flow.number", [1], options), step("flow.number", [2], options)]),
            step("flow.sum", [], options),
          ]),
        );
        const workflow = await until(
          () => client.getWorkflow(id),
          ({ state }) => state === "completed",
        );
        equal(workflow.completedCount, 3);
      },
    );
  },

  "middleware sees jobs on both sides": async (bench) => {
    const { queue, sdk, where } = bench;
    const seen = [];
    const client = new sdk.OjsClient(where);
    client.use({ name: "stamp", enqueue: (job, next) => next({ ...job, meta: { ...job.meta, stamp: sdk.runtime } }) });
    const watch = {
      name: "watch",
      execute: async (job, next) => {
        seen.push(job.meta.stamp);
        return await next();
      },
    };
    await working(
      bench,
      { "middle.ware": () => "done" },
      async () => {
        const { id } = await client.enqueue("middle.ware", [], { queue });
        equal((await ended(client, id)).result, "done");
      },
      [watch],
    );
    equal(seen.join(), sdk.runtime);
    await client.close();
  },

  "live events tell what happens": async ({ client, queue }) => {
    const events = client.subscribeQueue(queue);
    await events.ready?.();
    const wanted = (async () => {
      for await (const event of events) if (event.type?.startsWith("job.")) return event;
    })();
    await until(
      async () => {
        await client.enqueue("event.one", [], { queue, delay: "1h" });
        return Promise.race([wanted, pause(100)]);
      },
      (event) => event !== undefined,
    );
    await events.close();
  },

  "errors say what to do": async ({ client }) => {
    const missing = await rejected(client.getJob("019539a4-b68c-7def-8000-1a2b3c4d5e6f"));
    equal([missing.name, missing.code, missing.status].join(), "OjsNotFoundError,not_found,404");
    equal(missing.hint.length > 0 && missing.requestId.startsWith("req_"), true);
  },

  "a call can be aborted": async ({ client }) => {
    equal((await rejected(client.listQueues({}, { signal: AbortSignal.abort() }))).code, "aborted");
  },

  "a server that is not there is a connection error": async ({ sdk }) => {
    const nobody = new sdk.OjsClient({ url: "http://127.0.0.1:9", retry: false });
    const { name, retryable } = await rejected(nobody.getJob("x"));
    equal([name, retryable].join(), "OjsConnectionError,true");
    await nobody.close();
  },
};

async function working({ sdk, where, queue }, handlers, work, middleware = []) {
  const worker = new sdk.OjsWorker({
    ...where,
    queues: [queue],
    pollInterval: 20,
    fetchWait: "1s",
    handleSignals: false,
  });
  for (const part of middleware) worker.use(part);
  for (const [type, handler] of Object.entries(handlers)) worker.register(type, handler);
  await worker.start();
  try {
    await work();
  } finally {
    await worker.stop({ grace: "2s" });
  }
  equal(worker.state, "terminated");
}

const ended = (client, id) =>
  until(
    () => client.getJob(id),
    ({ state }) => state === "completed" || state === "discarded",
  );

async function until(look, fits) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (fits(found)) return found;
    if (Date.now() > deadline) throw new Error(`waited for too long; the last was ${JSON.stringify(found)}`);
    await pause(20);
  }
}

async function rejected(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it should have been refused");
}

function equal(actual, expected) {
  if (actual !== expected) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
