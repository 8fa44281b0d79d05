/** Draws a run as SVG: one panel for each thing that must not grow, time from left to right. */

const WIDTH = 900;
const PANEL = 132;
const LEFT = 62;
const RIGHT = 150;
const TOP = 56;
const COLOURS = ["#0b6bcb", "#d1580a", "#2a8a4a", "#8a4fbf"];

const PANELS = [
  {
    title: "pickup latency per 5 s, ms (log)",
    log: true,
    lines: [
      ["p50", (s) => s.pickup_ms?.p50],
      ["p99", (s) => s.pickup_ms?.p99],
      ["max", (s) => s.pickup_ms?.max],
    ],
  },
  {
    title: "resident memory, MB",
    lines: [
      ["server", (s) => s.rss_mb.server],
      ["worker", (s) => s.rss_mb.worker],
      ["producer", (s) => s.rss_mb.producer],
    ],
  },
  {
    title: "files, MB",
    lines: [
      ["jobs.db", (s) => s.file_mb],
      ["jobs.db-wal", (s) => s.wal_mb],
    ],
  },
  {
    title: "CPU, % of one core",
    lines: [
      ["server", (s) => s.cpu_percent.server],
      ["worker", (s) => s.cpu_percent.worker],
      ["producer", (s) => s.cpu_percent.producer],
      ["others", (s) => s.others_percent],
    ],
  },
  { title: "jobs waiting", lines: [["waiting", (s) => s.depth]] },
];

export function plot({ options, machine, samples, verdict }) {
  const height = TOP + PANELS.length * PANEL + 30;
  const last = samples.at(-1)?.seconds ?? 1;
  const xOf = (seconds) => LEFT + ((WIDTH - LEFT - RIGHT) * seconds) / last;
  const title = `${options.rate} jobs/s for ${options.minutes} min, SQLite FULL, finished jobs kept ${options.keep}`;
  const account =
    verdict === undefined
      ? "Not finished."
      : `${verdict.accepted} accepted, ${verdict.run_once} run once, ${verdict.run_more_than_once} twice.`;
  const about = `${machine.date.slice(0, 16).replace("T", " ")} UTC, commit ${machine.commit}, Node ${machine.node}, ${machine.cpu}. ${account}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>The soak: latency, memory, files and CPU over time</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="16" font-weight="600" fill="#222">${xml(title)}</text>
<text x="${LEFT}" y="40" fill="#555" font-size="11">${xml(about)}</text>
${PANELS.map((panel, index) => drawPanel(panel, samples, TOP + index * PANEL, xOf)).join("\n")}
${ticks(last, 6)
  .map(
    (seconds) =>
      `<text x="${xOf(seconds)}" y="${height - 14}" text-anchor="middle" fill="#555">${Math.round(seconds / 6) / 10} min</text>`,
  )
  .join("\n")}
</svg>
`;
}

function drawPanel({ title, lines, log = false }, samples, top, xOf) {
  const bottom = top + PANEL - 22;
  const values = lines.flatMap(([, pick]) => samples.map(pick)).filter((value) => typeof value === "number");
  const scale = log ? logScale(values) : linearScale(values);
  const yOf = (value) => bottom - (bottom - top - 22) * scale.part(value);
  const grid = scale.marks.map(
    (mark) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yOf(mark)}" y2="${yOf(mark)}" stroke="#e4e4e4"/><text x="${LEFT - 6}" y="${yOf(mark) + 4}" text-anchor="end" fill="#555">${mark}</text>`,
  );
  const curves = lines.map(([name, pick], index) => {
    const points = samples
      .filter((s) => typeof pick(s) === "number")
      .map((s) => `${xOf(s.seconds).toFixed(1)},${yOf(pick(s)).toFixed(1)}`);
    const label = `<text x="${WIDTH - RIGHT + 8}" y="${top + 30 + index * 16}" fill="${COLOURS[index]}">${xml(name)}</text>`;
    return `<polyline fill="none" stroke="${COLOURS[index]}" stroke-width="1.3" points="${points.join(" ")}"/>${label}`;
  });
  return `<text x="${LEFT}" y="${top + 14}" fill="#222" font-weight="600">${xml(title)}</text>\n${grid.join("\n")}\n${curves.join("\n")}`;
}

function linearScale(values) {
  const marks = ticks(Math.max(1, ...values), 4);
  const top = Math.max(marks.at(-1) ?? 1, ...values, 1);
  return { marks, part: (value) => value / top };
}

function logScale(values) {
  const low = Math.floor(Math.log10(Math.max(0.1, Math.min(...values))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values, 1))));
  const marks = Array.from({ length: high - low + 1 }, (_, index) => Number((10 ** (low + index)).toPrecision(1)));
  return { marks, part: (value) => Math.max(0, (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) };
}

/** Round numbers from zero to `end`, about `count` of them. */
function ticks(end, count) {
  const rough = end / count;
  const unit =
    [1, 2, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1_200].find((step) => step >= rough) ??
    10 ** Math.ceil(Math.log10(rough));
  return Array.from({ length: Math.floor(end / unit) + 1 }, (_, index) => index * unit);
}

function xml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
