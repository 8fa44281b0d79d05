/** Whether a run was without loss, and how flat it was: medians of the second half against the first, without the start. */

const WARM_UP = 0.1;

/** Others on the same machine, in % of a core: windows with less than this tell of the server and not of them. */
const QUIET = 30;

export function verdict({ options, samples, sent, ran, counters, looks }) {
  const exact = sent.refused === 0 && ran.once === sent.accepted && ran.more === 0;
  // The server counts the last hour.
  const counted = counters.completed_last_hour === sent.accepted || options.minutes >= 60;
  const empty = counters.depth === 0 && counters.active === 0;
  return {
    ok: exact && counted && empty && looks.other.length === 0,
    accepted: sent.accepted,
    refused: sent.refused,
    run_once: ran.once,
    run_more_than_once: ran.more,
    counted_by_server: counters.completed_last_hour,
    left: { depth: counters.depth, active: counters.active },
    looked_at: { completed: looks.completed, gone: looks.gone, wrong: looks.other.length },
    pickup_ms: ran.latency,
    medians: medians(samples),
  };
}

/** Of what is known so far. */
export function medians(samples) {
  const steady = samples.slice(Math.ceil(samples.length * WARM_UP));
  const half = Math.ceil(steady.length / 2);
  const halves = [steady.slice(0, half), steady.slice(half)];
  const flat = (pick, keep = () => true) => compare(...halves.map((part) => part.filter(keep).map(pick)));
  const isQuiet = ({ others_percent: others }) => others < QUIET;
  return {
    p50_ms: flat((sample) => sample.pickup_ms?.p50),
    p99_ms: flat((sample) => sample.pickup_ms?.p99),
    quiet_windows: halves.map((part) => part.filter(isQuiet).length),
    p50_ms_when_quiet: flat((sample) => sample.pickup_ms?.p50, isQuiet),
    p99_ms_when_quiet: flat((sample) => sample.pickup_ms?.p99, isQuiet),
    server_rss_mb: flat((sample) => sample.rss_mb.server),
    worker_rss_mb: flat((sample) => sample.rss_mb.worker),
    file_mb: flat((sample) => sample.file_mb),
    wal_mb: flat((sample) => sample.wal_mb),
    server_cpu_percent: flat((sample) => sample.cpu_percent.server),
    others_cpu_percent: flat((sample) => sample.others_percent),
  };
}

function compare(first, second) {
  return {
    first: median(first),
    second: median(second),
    max: Math.max(...[...first, ...second].map((value) => value ?? 0)),
  };
}

function median(values) {
  const sorted = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
