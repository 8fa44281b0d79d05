/** A row on a PostgreSQL of its own, with its defaults. */
import { join } from "node:path";
import { startPostgres } from "../peers/engines.mjs";

/** @param measure `(bench, env, engine)`, resolves with the sample; `env` is that of an embedded server. */
export function postgresRow(row, measure) {
  return {
    ...row,
    name: `postgres-${row.name}`,
    run: async (bench) => {
      const engine = await startPostgres(join(bench.folder, "engine"));
      try {
        await engine.reset();
        return await measure(bench, { dist: bench.dist, storage: engine.env }, engine);
      } finally {
        await engine.stop();
      }
    },
  };
}
