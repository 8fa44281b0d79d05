// `npm run conformance`: the official cases against `ojs serve`, a fresh server for every case, on every
// driver that needs no service of its own.
//
//   npm run conformance                         levels 0 and 1 on every driver
//   npm run conformance -- --driver sqlite      one driver
//   npm run conformance -- --filter L1-RTR-001 --verbose     other options go to the runner
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, root, run } from "./run.mjs";

// $PORT and $$ are the shell's: the port that the runner chose, and a number that no other server has
// at the same time, so that a port which the system hands out twice never finds an old file.
const drivers = {
  memory: () => "memory:",
  sqlite: (folder) => `sqlite:${folder}/$PORT-$$.db`,
};

const LEVELS = "0-1";
const command = `${root}packages/openjobs/dist/cli/main.js`;

const { chosen, rest } = parse(process.argv.slice(2));
if (!existsSync(command)) must(process.execPath, ["scripts/build.mjs"]);

const folder = mkdtempSync(join(tmpdir(), "ojs-conformance-"));
const failed = chosen.filter((name) => {
  console.log(`\nconformance on ${name}`);
  return conformance(drivers[name](folder), rest) !== 0;
});
rmSync(folder, { recursive: true, force: true });

console.log(
  failed.length === 0 ? "\nconformance: every driver passed" : `\nconformance failed on: ${failed.join(", ")}`,
);
process.exit(failed.length === 0 ? 0 : 1);

function conformance(storage, extra) {
  const serve = `exec "${process.execPath}" "${command}" serve --port $PORT --storage "${storage}"`;
  const options = ["--serve", serve, "--fresh-per-test", "--jobs", "8", "--quiet"];
  if (!extra.some((option) => option.startsWith("--level"))) options.push("--level", LEVELS);
  options.push("--xfail", `${root}conformance/xfail-full.txt`, ...extra);
  return run(process.execPath, [`${root}conformance/run.mjs`, ...options], {
    env: { ...process.env, OJS_TEST_HOOKS: "1" },
  });
}

function parse(args) {
  const at = args.indexOf("--driver");
  if (at === -1) return { chosen: Object.keys(drivers), rest: args };
  const name = args[at + 1];
  if (name === undefined || !(name in drivers)) {
    console.error(`--driver takes one of: ${Object.keys(drivers).join(", ")}`);
    process.exit(2);
  }
  return { chosen: [name], rest: args.toSpliced(at, 2) };
}
