/** The README's table: a line per work, a column per system, so that a newcomer sees at a glance what is faster. */

/** Each with the rows of the bench that it is measured by, a line of the table after the other. */
const SYSTEMS = [
  {
    title: "OpenJobs in process, SQLite",
    rows: [
      "sqlite-enqueue-seq",
      "sqlite-enqueue-50",
      "sqlite-enqueue-batch",
      "sqlite-drain",
      "sqlite-drain-prefetch",
      "sqlite-pickup",
    ],
  },
  {
    title: "OpenJobs server, SQLite",
    rows: [
      ...["http-enqueue-seq", "http-enqueue-coalesced", "http-enqueue-batch", "http-drain-exchange"],
      ...["http-drain-prefetch", "http-pickup"],
    ],
  },
  { title: "OpenJobs in process, PostgreSQL", rows: rowsOf("postgres", "postgres-drain-prefetch") },
  { title: "graphile-worker", rows: rowsOf("graphile-worker", "graphile-worker-drain", "") },
  { title: "pg-boss", rows: rowsOf("pg-boss", "pg-boss-b1000-drain") },
  { title: "BullMQ, Redis with AOF", rows: rowsOf("bullmq-aof", "") },
];

const LINES = [
  "Enqueue, one after the other, jobs/s",
  "Enqueue, 50 at the same time, jobs/s",
  "Enqueue, batches of 1,000, jobs/s",
  "Work, 50 at a time, jobs/s",
  "Work, with hundreds held ready, jobs/s",
  "From `enqueue` to the handler on an idle queue, ms (p50 / p99)",
];

function rowsOf(name, ready, drain = `${name}-drain`) {
  return [`${name}-enqueue-seq`, `${name}-enqueue-50`, `${name}-enqueue-batch`, drain, ready, `${name}-pickup`];
}

/** Names of all rows that it shows; empty where a system has no such work. */
export const overviewRows = SYSTEMS.flatMap(({ rows }) => rows);

/** In Markdown. What was not measured is a dash. */
export function overviewMarkdown(summary) {
  const lines = LINES.map((title, line) => [title, ...SYSTEMS.map(({ rows }) => cell(summary, rows[line]))]);
  const head = ["", ...SYSTEMS.map(({ title }) => title)];
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cell(summary, name) {
  const row = summary.find((candidate) => candidate.name === name);
  if (row === undefined || row[row.main] === undefined) return "–";
  if (row.main === "p50") return `${row.p50.toFixed(1)} / ${row.p99.toFixed(1)}`;
  return Number(row.rate.toPrecision(3)).toLocaleString("en-US");
}
