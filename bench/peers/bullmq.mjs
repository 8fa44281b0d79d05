/** BullMQ with its defaults: completed jobs are kept. */
import { Queue, Worker } from "bullmq";

const NAME = "bench";

/** @param env.redis `{ port }` of an empty Redis. */
export async function open({ redis }) {
  const connection = { host: "127.0.0.1", port: redis.port, maxRetriesPerRequest: null };
  const queue = new Queue(NAME, { connection });
  await queue.waitUntilReady();
  return {
    add: (args) => queue.add("noop", args),
    addBatch: (list) => queue.addBulk(list.map((data) => ({ name: "noop", data }))),
    waiting: () => queue.getWaitingCount(),
    completed: () => queue.getCompletedCount(),
    requests: () => ({}),
    worker: (options) => bullWorker(connection, options),
    close: () => queue.close(),
  };
}

function bullWorker(connection, { concurrency, onJob }) {
  const worker = new Worker(NAME, async (job) => onJob(job.data), { connection, concurrency, autorun: false });
  worker.on("error", (error) => console.error("bullmq:", error.message));
  return {
    async start() {
      await worker.waitUntilReady();
      // Resolves when the worker is closed.
      void worker.run();
    },
    stop: () => worker.close(),
  };
}
