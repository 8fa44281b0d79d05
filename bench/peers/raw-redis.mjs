/** The least that a reliable queue on Redis does: into a list; into a second one while it runs; out of that. */
import Redis from "ioredis";

const WAITING = "raw:waiting";
const ACTIVE = "raw:active";
const COMPLETED = "raw:completed";

/** @param env.redis `{ port }` of an empty Redis. */
export async function open({ redis: { port } }) {
  const redis = new Redis({ host: "127.0.0.1", port });
  return {
    add: (args) => redis.lpush(WAITING, JSON.stringify(args)),
    addBatch: (list) => redis.lpush(WAITING, ...list.map((args) => JSON.stringify(args))),
    waiting: () => redis.llen(WAITING),
    completed: async () => Number(await redis.get(COMPLETED)),
    requests: () => ({}),
    worker: (options) => lanes(redis, options),
    close: () => redis.quit(),
  };
}

function lanes(redis, { concurrency, onJob }) {
  let stopped = false;
  let running;
  const lane = async () => {
    while (!stopped) {
      const text = await redis.lmove(WAITING, ACTIVE, "RIGHT", "LEFT");
      if (text === null) return;
      onJob(JSON.parse(text));
      await Promise.all([redis.lrem(ACTIVE, -1, text), redis.incr(COMPLETED)]);
    }
  };
  return {
    async start() {
      running = Promise.all(Array.from({ length: concurrency }, lane));
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
