/**
 * Draws a run again, finished or not, and prints its table: `node bench/soak/redraw.mjs FOLDER`, the one that was given
 * as --out.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plot } from "./plot.mjs";
import { table } from "./table.mjs";
import { medians, verdict } from "./verdict.mjs";

const folder = process.argv[2] ?? ".";
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const isOver = existsSync(join(folder, "soak.json"));
const run = isOver ? read("soak.json") : read("samples.json");
const result = isOver ? { ...run, verdict: verdict(run) } : run;
writeFileSync(join(folder, "soak.svg"), plot(result));
if (isOver) writeFileSync(join(folder, "soak.json"), `${JSON.stringify(result)}\n`);
console.log(table({ medians: medians(run.samples) }));
