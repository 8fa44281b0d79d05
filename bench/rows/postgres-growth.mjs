/** Drains of a PostgreSQL with very many jobs, or with somebody who looks at an old state of it. */
import { postgresRow } from "./postgres-row.mjs";
import { sample } from "./sample.mjs";

/** What the others are compared with: prepared in the same way, so that the first touch of each page after a checkpoint costs both. */
const EMPTY = "drain-0";

export const postgresGrowthRows = [
  growthRow({ name: EMPTY, title: "drain of a database with nothing else in it" }, (place) => {
    const { drain, warmUp } = place.sizes;
    return seedAndDrain(place, { state: "available", count: drain + warmUp }, { task: "drain" });
  }),
  growthRow({ name: "drain-1m-finished", title: "drain beside 1,000,000 finished jobs", least: 0.9 }, (place) =>
    seedAndDrain(place, { state: "completed", count: place.sizes.postgres.finished }, { task: "drain", fill: true }),
  ),
  growthRow({ name: "drain-300k-waiting", title: "drain with 300,000 jobs waiting", least: 0.9 }, (place) =>
    seedAndDrain(place, { state: "available", count: place.sizes.postgres.waiting }, { task: "drainSome" }),
  ),
  growthRow(
    { name: "drain-held-transaction", title: "drain of 200,000 while a transaction looks at an old state", least: 0.6 },
    (place) => {
      const { postgres, warmUp } = place.sizes;
      const during = (measure) => lookingBack(place.engine, measure);
      const seed = { state: "available", count: postgres.held + warmUp };
      return seedAndDrain(place, seed, { task: "drain", count: postgres.held, during });
    },
  ),
];

function growthRow({ least, ...row }, measure) {
  const empty = `postgres-${EMPTY}`;
  const compared = least === undefined ? {} : { raw: empty, targets: [{ atLeast: least, times: { row: empty } }] };
  return postgresRow({ ...row, ...compared, group: "Growth, PostgreSQL", main: "rate" }, async (bench, env, engine) =>
    sample(await measure({ ...bench, env, engine })),
  );
}

async function seedAndDrain({ sizes, task, env, engine }, seed, drain) {
  const { count = sizes.drain, fill = false, during = (measure) => measure() } = drain;
  await task({ task: "seedPostgres", env, params: seed });
  const params = { count, warmUp: sizes.warmUp, fill };
  return during(() => task({ task: drain.task, env, params }, { servers: [engine.pid] }));
}

/** As long as its snapshot is open, nothing that is updated or deleted can be cleaned up. */
async function lookingBack(engine, measure) {
  const client = await engine.connection();
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await client.query("SELECT count(*) FROM ojs.queues");
  try {
    return await measure();
  } finally {
    await client.end();
  }
}
