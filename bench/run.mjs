/** Runs the rows, round by round: each row once a round, so that slow minutes of the machine are shared out. */
import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { killChildren, runTask, startServer } from "./children.mjs";
import { QUIET, quietMachine, watchOthers } from "./quiet.mjs";

const ADAPTER = new URL("./adapters/openjobs.mjs", import.meta.url).href;

/**
 * @param rows From `selectRows`.
 * @param options `{ repeat, patience, sizes, dist, folder, profiles, say }`
 * @returns Samples by name of row, one a round.
 */
export async function runRows(rows, options) {
  const samples = Object.fromEntries(rows.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.repeat; round++) {
    for (const row of rows) {
      const sample = await runRow(row, round, options);
      samples[row.name].push(sample);
      options.say(round, row, sample);
    }
  }
  return samples;
}

async function runRow(row, round, options) {
  const folder = join(options.folder, "row");
  mkdirSync(folder, { recursive: true });
  const quiet = await quietMachine(options.patience);
  const others = watchOthers();
  try {
    const sample = await row.run(benchFor(row, round, folder, options));
    const share = others();
    return { ...sample, others: share, noisy: quiet === false || share > QUIET };
  } catch (error) {
    // The others are measured all the same; a run with a failed row ends with status 1.
    return { absent: `FAILED: ${error.message.split("\n", 1)[0]}`, error: error.stack };
  } finally {
    killChildren();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a row works with. */
function benchFor(row, round, folder, { sizes, dist, profiles, folder: root }) {
  const profile = profiles === undefined ? undefined : { folder: profiles, row: row.name, round };
  const task = (order, options) => runTask({ adapter: ADAPTER, ...order }, { profile, ...options });
  const server = (script, args) => startServer(script, args, { profile });
  return {
    sizes,
    dist,
    folder,
    task,
    server,
    ojsServer: (location) =>
      server(join(dist, "cli/main.js"), ["serve", "--port", "0", "--storage", location, "--log-level", "warn"]),
    seeded: (file, params) => copySeed(root, file, { dist, params }),
  };
}

/** Makes each kind of big file once and hands out copies. */
async function copySeed(root, file, { dist, params }) {
  const seed = join(root, `seed-${params.state}-${params.count}${params.unique === undefined ? "" : "-unique"}.db`);
  if (!existsSync(seed)) await runTask({ adapter: ADAPTER, task: "seed", env: { dist, file: seed }, params });
  copyFileSync(seed, file);
  // Else the system writes the copy to the disk while we measure.
  const handle = openSync(file, "r+");
  fsyncSync(handle);
  closeSync(handle);
}
