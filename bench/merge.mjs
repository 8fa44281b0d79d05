/** `--merge`: rows measured again take the place of those of an earlier run, which says so. */
import { existsSync, readFileSync } from "node:fs";

/** The run in this file; undefined when there is none yet. */
export function readRun(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/**
 * The earlier run with the rows of this one in it. Rows that were not measured again keep their figures as they are, the
 * ratio to the raw limit of their own run included.
 *
 * @param order Names of all rows that there are.
 */
export function mergeRuns({ summary: before, samples: samplesBefore, updates = [], ...first }, run, order) {
  const { facts, summary, samples } = run;
  const update = {
    date: facts.date,
    commit: facts.commit,
    repeat: facts.repeat,
    rows: summary.map(({ name }) => name),
  };
  const rows = new Map([...before, ...summary].map((row) => [row.name, row]));
  return {
    facts: { ...first, updates: [...updates, update] },
    summary: order.flatMap((name) => rows.get(name) ?? []),
    samples: { ...samplesBefore, ...samples },
  };
}
