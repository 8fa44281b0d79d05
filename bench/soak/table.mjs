/** A run as the Markdown table of docs/internals/soak.md. */

const ROWS = [
  ["pickup p50, quiet windows", "ms", "p50_ms_when_quiet"],
  ["pickup p99, quiet windows", "ms", "p99_ms_when_quiet"],
  ["pickup p50, all windows", "ms", "p50_ms"],
  ["pickup p99, all windows", "ms", "p99_ms"],
  ["resident memory of the server", "MB", "server_rss_mb"],
  ["resident memory of the worker", "MB", "worker_rss_mb"],
  ["`jobs.db`", "MB", "file_mb"],
  ["`jobs.db-wal`", "MB", "wal_mb"],
  ["CPU of the server", "% of a core", "server_cpu_percent"],
  ["CPU of others on the machine", "% of a core", "others_cpu_percent"],
];

export function table({ medians }) {
  const rows = ROWS.map(([name, unit, key]) => {
    const { first, second, max } = medians[key];
    return `| ${name} | ${unit} | ${first ?? "–"} | ${second ?? "–"} | ${max} |`;
  });
  const [before, after] = medians.quiet_windows;
  return `| median of the 5-second windows | | first half | second half | largest |
|---|---|---|---|---|
${rows.join("\n")}

The first tenth of the run is left out. Quiet windows (${before} and ${after}) are those in which others used less than 30% of a core.`;
}
