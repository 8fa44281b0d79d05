/** The command line of `npm run bench`. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FULL, SMOKE } from "./sizes.mjs";

export const HELP = `npm run bench -- [options]

  --rows LIST      names from --list, with * for any part: sqlite-drain,http-*
  --repeat N       rounds; figures are medians of them. Default 5
  --smoke          every row with next to no jobs: does it work? Says nothing about speed
  --patience S     how long a row waits for a quiet machine. Default 60; 0 does not look
  --peers          also BullMQ, pg-boss and graphile-worker
  --cpu-prof DIR   writes a profile of each measured process
  --dist DIR       measures this build of the package instead of packages/openjobs/dist
  --out FILE       where the JSON goes. Default bench/results/latest.json
  --merge          replaces only the rows that are measured in that file, and keeps the others
  --write-readme   puts tables and chart into bench/README.md, the overview into README.md
  --list           prints the names of all rows
`;

const flags = {
  rows: { type: "string" },
  repeat: { type: "string" },
  smoke: { type: "boolean", default: false },
  patience: { type: "string" },
  peers: { type: "boolean", default: false },
  "cpu-prof": { type: "string" },
  dist: { type: "string" },
  out: { type: "string" },
  merge: { type: "boolean", default: false },
  "write-readme": { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
};

export function readOptions(args) {
  const { values } = parseArgs({ args, options: flags });
  const { smoke } = values;
  return {
    ...values,
    repeat: whole("repeat", values.repeat ?? (smoke ? "1" : "5"), 1),
    patience: whole("patience", values.patience ?? (smoke ? "0" : "60"), 0),
    sizes: smoke ? SMOKE : FULL,
    dist: resolve(values.dist ?? here("../packages/openjobs/dist")),
    out: resolve(values.out ?? here(smoke ? "results/smoke.json" : "results/latest.json")),
    profiles: values["cpu-prof"] === undefined ? undefined : resolve(values["cpu-prof"]),
    writeReadme: values["write-readme"],
  };
}

function whole(name, text, least) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} must be a whole number of at least ${least}.`);
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
