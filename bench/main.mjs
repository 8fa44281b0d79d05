// `npm run bench`: see bench/README.md, or --help.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { killChildren } from "./children.mjs";
import { machineFacts } from "./machine.mjs";
import { mergeRuns, readRun } from "./merge.mjs";
import { HELP, readOptions } from "./options.mjs";
import { installPeers } from "./peers/install.mjs";
import { chartSvg } from "./report/chart.mjs";
import { overviewMarkdown } from "./report/overview.mjs";
import { between, factsText, writeFigures } from "./report/readme.mjs";
import { number, tableText } from "./report/table.mjs";
import { allRows, selectRows } from "./rows/index.mjs";
import { runRows } from "./run.mjs";
import { takeSnapshot } from "./snapshot.mjs";
import { summarize } from "./summary.mjs";

const README = fileURLToPath(new URL("./README.md", import.meta.url));
const FRONT_PAGE = fileURLToPath(new URL("../README.md", import.meta.url));

const options = readOptions(process.argv.slice(2));
if (options.help) process.stdout.write(HELP);
else if (options.list) list();
else process.exitCode = await bench();

function list() {
  for (const { name, group, title } of allRows(options)) console.log(`${name.padEnd(28)}${group}: ${title}`);
}

/** Resolves with the status to end with: a slow row is a result, a wrong one is not. */
async function bench() {
  const rows = selectRows(options.rows, allRows(options));
  if (options.peers) installPeers();
  const folder = scratchFolder();
  const build = takeSnapshot(options.dist);
  process.once("exit", () => {
    killChildren();
    build.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => interrupted(signal));

  const facts = { ...machineFacts(), repeat: options.repeat };
  const samples = await runRows(rows, { ...options, dist: build.folder, folder, say });
  report(rows, facts, samples);
  return Object.values(samples)
    .flat()
    .some(({ error }) => error !== undefined)
    ? 1
    : 0;
}

function report(rows, facts, samples) {
  const run = { facts, summary: summarize(rows, samples), samples };
  const earlier = options.merge ? readRun(options.out) : undefined;
  const order = selectRows(undefined, allRows({ ...options, peers: true })).map(({ name }) => name);
  publish(earlier === undefined ? run : mergeRuns(earlier, run, order));
}

/** Figures of some of the rounds would look like those of all. */
function interrupted(signal) {
  console.error(`Ended by ${signal}: nothing was written.`);
  process.exit(1);
}

/** PostgreSQL's own user must be able to walk into it. */
function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), "ojs-bench-"));
  chmodSync(folder, 0o755);
  return folder;
}

function publish({ facts, summary, samples }) {
  const json = JSON.stringify({ ...facts, sizes: options.sizes, summary, samples }, null, 1);
  write(options.out, `${json}\n`);
  write(options.out.replace(/(\.json)?$/, ".svg"), chartSvg(summary, factsText(facts)));
  console.log(`\n${tableText(summary)}\n\n${factsText(facts)}\n${options.out}`);
  if (options.smoke) console.log("A smoke run: its figures mean nothing.");
  if (!options.writeReadme) return;
  writeFileSync(README, writeFigures(readFileSync(README, "utf8"), facts, summary));
  writeFileSync(FRONT_PAGE, between(readFileSync(FRONT_PAGE, "utf8"), "bench", overviewMarkdown(summary)));
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Progress, on stderr. */
function say(round, { name, main }, sample) {
  const value = sample.absent ?? `${number(sample[main])} ${main}`;
  const noise = sample.noisy ? `  NOISY (others used ${number(sample.others * 100)} % of the CPU)` : "";
  console.error(`${round}  ${name.padEnd(28)} ${value}${noise}`);
  if (sample.error !== undefined) console.error(sample.error);
}
