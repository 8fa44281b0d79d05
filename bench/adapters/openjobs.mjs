/** This project, embedded or over HTTP, as the tasks see every system. */
import { pathToFileURL } from "node:url";

const TYPE = "bench.noop";

/**
 * @param env.dist The compiled package.
 * @param env.storage `{ memory: true }`, `{ file }` or `{ postgres: { url } }` for an embedded server; else `env.url` of one that runs.
 * @param env.unique Uniqueness policy of every job; absent = none.
 * @param env.client Options of the client.
 * @param env.worker Options of the worker.
 */
export async function open(env) {
  const { dist, storage, url, unique, queue = "bench", client: clientOptions, worker: workerOptions } = env;
  const { OjsClient, OjsWorker, batch, chain, step } = await load(dist, "index.js");
  const server = storage === undefined ? undefined : await embeddedServer(dist, storage);
  const counted = countRequests(server?.transport ?? (await httpTransport(dist, url)));
  const { transport } = counted;
  const client = new OjsClient({ transport, ...clientOptions });
  const stats = async () => (await client.getQueueStats(queue).catch(noQueue)).counts;
  const options = unique === undefined ? { queue } : { queue, unique };

  const stepOf = (args) => step(TYPE, args, { queue });
  const create = async (definition) => (await client.createWorkflow(definition)).id;

  return {
    add: (args) => client.enqueue(TYPE, args, options),
    addBatch: (list, more) =>
      client.enqueueBatch(list.map((args) => ({ type: TYPE, args, options: { ...options, ...more } }))),
    counts: stats,
    waiting: async () => (await stats()).available ?? 0,
    completed: async () => (await stats()).completed ?? 0,
    requests: () => ({ ...counted.byPath }),
    batch: (list, callback) => create(batch(list.map(stepOf), { onComplete: stepOf(callback) })),
    chain: (list) => create(chain(list.map(stepOf))),
    workflowState: async (id) => (await client.getWorkflow(id)).state,
    manifest: () => client.manifest(),
    worker({ concurrency, onJob }) {
      const worker = new OjsWorker({ transport, queues: [queue], concurrency, handleSignals: false, ...workerOptions });
      worker.register(TYPE, (job) => {
        onJob(job.args[0]);
      });
      return worker;
    },
    async close() {
      await client.close();
      await server?.close();
    },
  };
}

/** A queue exists from its first job on. */
function noQueue(error) {
  if (error.code === "not_found") return { counts: {} };
  throw error;
}

async function embeddedServer(dist, storage) {
  const { createServer } = await load(dist, "server/index.js");
  return createServer({ storage: await storageOf(dist, storage) });
}

async function storageOf(dist, { file, postgres: database }) {
  if (database !== undefined) return (await load(dist, "storage/postgres/index.js")).postgres(database.url);
  if (file !== undefined) return (await load(dist, "storage/sqlite/index.js")).sqlite(file);
  return (await load(dist, "storage/memory/index.js")).memory();
}

async function httpTransport(dist, url) {
  const { HttpTransport } = await load(dist, "client/node-transport.js");
  return new HttpTransport({ url });
}

/**
 * Counts in the transport itself, so that the client finds in it all that it finds in the one that it makes for an address:
 * a wrapper with nothing but `request` would cost each call an abort signal, a tenth of the client's time.
 */
function countRequests(transport) {
  const byPath = {};
  // The one that `request` goes through too.
  const way = "requestUnless" in transport ? "requestUnless" : "request";
  const send = transport[way].bind(transport);
  transport[way] = (...given) => {
    const { path } = given.at(-1);
    byPath[path] = (byPath[path] ?? 0) + 1;
    return send(...given);
  };
  return { transport, byPath };
}

export function load(dist, module) {
  return import(pathToFileURL(`${dist}/${module}`).href);
}
