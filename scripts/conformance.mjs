// `npm run conformance`: the official cases against `ojs serve`, a fresh server for every case, on every driver. The
// PostgreSQL is one of our own (postgres-server.mjs); without one it is left out, or fails the run in CI.
//
//   npm run conformance                         every case there is here, on every driver, in two and a half minutes
//   npm run conformance -- --driver sqlite      one driver
//   npm run conformance -- --filter L1-RTR-001 --verbose     other options go to the runner
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, whyNoPostgres } from "./postgres-server.mjs";
import { must, root } from "./run.mjs";

// $PORT and $$ are the shell's: the port that the runner chose, and a number that no other server has
// at the same time, so that a port which comes again never finds an old file. Each driver has ports of its own, none of them
// among those that the system hands out: two runs that were given the same one would talk to one server, and lose it.
const drivers = {
  memory: { storage: () => "memory:", ports: "21000-21999" },
  sqlite: { storage: ({ folder }) => `sqlite:${folder}/$PORT-$$.db`, ports: "22000-22999" },
  postgres: {
    storage: ({ postgres }) => postgres.url,
    options: "--schema ojs_$PORT_$$ --pool 3",
    ports: "23000-23999",
  },
};

const LEVELS = "all";
const command = `${root}packages/openjobs/dist/cli/main.js`;

const { chosen, rest } = parse(process.argv.slice(2));
if (!existsSync(command)) must(process.execPath, ["scripts/build.mjs"]);

const folder = mkdtempSync(join(tmpdir(), "ojs-conformance-"));
const postgres = chosen.includes("postgres") ? await startPostgres() : undefined;
// All drivers at once: the cases of recurring jobs wait for two minutes, in which a machine has nothing to do.
const runs = chosen.map((name) => conformance(name, { folder, postgres }, rest));
if (chosen.length === 1) console.log(`\nconformance on ${chosen[0]}`);
const failed = [];
for (const run of runs) {
  const { name, status, output } = await run;
  if (chosen.length > 1) console.log(`\nconformance on ${name}\n${output}`);
  if (status !== 0) failed.push(name);
}
rmSync(folder, { recursive: true, force: true });
await postgres?.end();

console.log(
  failed.length === 0 ? "\nconformance: every driver passed" : `\nconformance failed on: ${failed.join(", ")}`,
);
process.exit(failed.length === 0 ? 0 : 1);

/** Runs the cases on one driver and resolves with what they printed, unless it is the only one: then all can be seen at once. */
function conformance(name, places, extra) {
  const { storage, options: more = "", ports } = drivers[name];
  const serve = `exec "${process.execPath}" "${command}" serve --port $PORT --storage "${storage(places)}" ${more}`;
  const options = ["--serve", serve, "--fresh-per-test", "--jobs", "6", "--quiet"];
  if (!extra.some((option) => option.startsWith("--level"))) options.push("--level", LEVELS);
  options.push("--xfail", `${root}conformance/xfail-not-built.txt`, ...extra);
  const child = spawn(process.execPath, [`${root}conformance/run.mjs`, ...options], {
    cwd: root,
    env: { ...process.env, OJS_TEST_HOOKS: "1", PORT_RANGE: ports },
    stdio: chosen.length === 1 ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ name, status, output }));
  });
}

function parse(args) {
  const at = args.indexOf("--driver");
  if (at === -1) return { chosen: availableDrivers(), rest: args };
  const name = args[at + 1];
  if (name === undefined || !(name in drivers)) {
    console.error(`--driver takes one of: ${Object.keys(drivers).join(", ")}`);
    process.exit(2);
  }
  return { chosen: [name], rest: args.toSpliced(at, 2) };
}

function availableDrivers() {
  const names = Object.keys(drivers);
  const problem = whyNoPostgres();
  if (problem === undefined || process.env.CI === "true") return names;
  console.warn(`not on postgres: ${problem}`);
  return names.filter((name) => name !== "postgres");
}
