// `npm run bench`: see bench/README.md, or --help.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { killChildren } from "./children.mjs";
import { machineFacts } from "./machine.mjs";
import { HELP, readOptions } from "./options.mjs";
import { number, tableText } from "./report/table.mjs";
import { ALL_ROWS, selectRows } from "./rows/index.mjs";
import { runRows } from "./run.mjs";
import { summarize } from "./summary.mjs";

const options = readOptions(process.argv.slice(2));
if (options.help) process.stdout.write(HELP);
else if (options.list)
  for (const { name, group, title } of ALL_ROWS) console.log(`${name.padEnd(28)}${group}: ${title}`);
else await bench();

async function bench() {
  const rows = selectRows(options.rows);
  const folder = mkdtempSync(join(tmpdir(), "ojs-bench-"));
  const clean = () => {
    killChildren();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  process.once("exit", clean);

  const facts = machineFacts();
  const samples = await runRows(rows, { ...options, folder, say });
  const summary = summarize(rows, samples);
  write(
    options.out,
    `${JSON.stringify({ ...facts, sizes: options.sizes, repeat: options.repeat, summary, samples }, null, 1)}\n`,
  );
  console.log(`\n${tableText(summary)}\n\n${options.out}`);
  if (options.smoke) console.log("A smoke run: its figures mean nothing.");
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
}
