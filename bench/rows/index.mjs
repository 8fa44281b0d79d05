/** All rows, in the order of the report. */
import { dueRows } from "./due.mjs";
import { embeddedRows } from "./embedded.mjs";
import { growthRows } from "./growth.mjs";
import { httpRows } from "./http.mjs";
import { idleRows } from "./idle.mjs";
import { liveRows } from "./live.mjs";
import { peerRows } from "./peers.mjs";
import { postgresRows } from "./postgres.mjs";
import { postgresGrowthRows } from "./postgres-growth.mjs";
import { postgresHttpRows } from "./postgres-http.mjs";
import { postgresIdleRow } from "./postgres-idle.mjs";
import { rawRows } from "./raw.mjs";
import { uniqueRows } from "./unique.mjs";
import { workflowRows } from "./workflows.mjs";

const OWN = [
  ...embeddedRows,
  ...httpRows,
  ...growthRows,
  ...dueRows,
  ...uniqueRows,
  ...workflowRows,
  ...liveRows,
  ...idleRows,
  ...rawRows,
];

const POSTGRES = [...postgresRows, ...postgresHttpRows, ...postgresGrowthRows, postgresIdleRow];

/** Rows that need an engine are among those of the peers, which need it too. */
export function allRows({ peers }) {
  return peers ? [...OWN, ...POSTGRES, ...peerRows] : OWN;
}

/**
 * The rows that match a list such as `sqlite-drain,http-*`, and those that they are compared with; each of the latter comes
 * just before the first that needs it, so that both see the same minute of the machine.
 */
export function selectRows(list, all) {
  const wanted = list === undefined ? all : chosen(list, all);
  const order = new Set();
  const add = (row) => {
    for (const name of referencesOf(row)) add(all.find((other) => other.name === name));
    order.add(row);
  };
  for (const row of wanted) add(row);
  return [...order];
}

function referencesOf({ raw, targets = [] }) {
  return [...(raw === undefined ? [] : [raw]), ...targets.flatMap(({ times }) => times?.row ?? [])];
}

function chosen(list, all) {
  return list.split(",").flatMap((pattern) => {
    const expression = new RegExp(`^${pattern.trim().replaceAll("*", ".*")}$`);
    const found = all.filter(({ name }) => expression.test(name));
    if (found.length > 0) return found;
    throw new Error(`No row is called ${pattern}. There are: ${all.map(({ name }) => name).join(", ")}.`);
  });
}
