/** The report as a table: padded columns for a terminal, pipes for Markdown. */

const HEADER = ["row", "measured", "range", "raw limit", "ratio", "CPU µs/job", "RSS MB", "requests/job", "targets"];

/** One table per group of rows. */
export function tableText(summary) {
  const blocks = groupsOf(summary).map(([group, rows]) => `${group}\n${padded([HEADER, ...rows.map(cells)])}`);
  return blocks.join("\n\n");
}

export function tableMarkdown(summary) {
  const blocks = groupsOf(summary).map(([group, rows]) => {
    const lines = [HEADER, HEADER.map((_, index) => (index === 0 || index === 8 ? "---" : "---:")), ...rows.map(cells)];
    return `### ${group}\n\n${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}`;
  });
  return blocks.join("\n\n");
}

function groupsOf(summary) {
  const groups = new Map();
  for (const row of summary) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
}

function cells(row) {
  const title = `${row.title} (${row.name})${row.noisy > 0 ? " NOISY" : ""}`;
  if (row.absent !== undefined) return [title, `– ${row.absent}`, "", "", "", "", "", "", ""];
  return [
    title,
    measured(row),
    row.spread === undefined ? "" : row.spread.map((value) => valueText(value, row.main)).join(" – "),
    row.raw === undefined ? "" : `${rate(row.raw)} ${row.rawName}`,
    row.rawRatio === undefined ? "" : number(row.rawRatio),
    pair(row.clientCpu, row.serverCpu),
    pair(row.rssClient, row.rssServer),
    row.requestsPerJob === undefined ? "" : number(row.requestsPerJob),
    row.targets.map(targetText).join("; "),
  ];
}

function measured(row) {
  if (row.main === "p50") return `p50 ${number(row.p50)} p95 ${number(row.p95)} p99 ${number(row.p99)} ms`;
  if (row.main === "idleServer") return `${pair(row.idleClient, row.idleServer)} % of a core`;
  if (row.main === "queries") return `${number(row.queries)} queries/s`;
  return rate(row.rate);
}

/** `✔ ≥ 0.35 × raw-commit-50: 0.41` */
export function targetText({ of, atLeast, atMost, times, value, met }) {
  const mark = met === undefined ? "?" : met ? "✔" : "✘";
  const bound = atLeast === undefined ? `≤ ${plain(atMost)}` : `≥ ${plain(atLeast)}`;
  const scale = times === undefined ? "" : ` × ${times.row}`;
  const metric = of === "rate" ? "" : ` ${of}`;
  return `${mark}${metric} ${bound}${scale}${value === undefined ? "" : `: ${plain(value)}`}`;
}

function pair(client, server) {
  return [client, server]
    .filter((value) => value !== undefined)
    .map(number)
    .join(" + ");
}

function valueText(value, metric) {
  return metric === "rate" ? plain(value) : number(value);
}

function rate(value) {
  return value === undefined ? "" : `${plain(value)}/s`;
}

function plain(value) {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : number(value);
}

/** Three digits that matter. */
export function number(value) {
  if (value === undefined) return "";
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

function padded(lines) {
  const widths = HEADER.map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => pad(cell, widths[index], index))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(cell, width, index) {
  return index === 0 || index === 8 ? cell.padEnd(width) : cell.padStart(width);
}
