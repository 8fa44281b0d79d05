/** From the samples of all rounds to the lines of the report: medians, ratios, verdicts. */
import { median, medianRatio, range } from "./stats.mjs";

/** Measures that are one number per sample. */
const METRICS = [
  "rate",
  "p50",
  "p95",
  "p99",
  "clientCpu",
  "serverCpu",
  "rssClient",
  "rssServer",
  "requestsPerJob",
  "pause",
  "idleClient",
  "idleServer",
  "queries",
];

/**
 * @param rows The selected rows: `{ name, title, group, main, raw?, targets? }`.
 * @param samples Per row name, one sample a round; a sample that is `{ absent }` says why there is none.
 */
export function summarize(rows, samples) {
  return rows.map((row) => summaryOf(row, samples));
}

function summaryOf(row, samples) {
  const own = samples[row.name] ?? [];
  const present = own.filter(({ absent }) => absent === undefined);
  const medians = {};
  for (const metric of METRICS) {
    const values = present.map((sample) => sample[metric]).filter((value) => value !== undefined);
    if (values.length > 0) medians[metric] = median(values);
  }
  return {
    name: row.name,
    title: row.title,
    group: row.group,
    main: row.main,
    ...(row.peer === true ? { peer: true } : {}),
    ...medians,
    runs: present.length,
    ...spreadOf(present, row.main),
    ...rawOf(row, present, samples),
    targets: (row.targets ?? []).map((target) => verdict(target, row, present, samples)),
    noisy: present.filter(({ noisy }) => noisy).length,
    ...(present.length === 0 && own.length > 0 ? { absent: own[0].absent } : {}),
  };
}

function spreadOf(present, metric) {
  const values = present.map((sample) => sample[metric]).filter((value) => value !== undefined);
  return values.length === 0 ? {} : { spread: range(values) };
}

function rawOf(row, present, samples) {
  if (row.raw === undefined) return {};
  const references = samples[row.raw] ?? [];
  const raw = median(references.map(({ rate }) => rate).filter((rate) => rate !== undefined));
  return { rawName: row.raw, raw, rawRatio: medianRatio(values(present, row.main), values(references, row.main)) };
}

/**
 * A target is `{ of, atLeast | atMost, text?, times?: { row, of? }, stretch? }`: a bound for a metric or, with `times`, for
 * its ratio to a metric of another row.
 */
export function verdict(target, row, present, samples) {
  const of = target.of ?? row.main;
  const own = values(present, of);
  const value =
    target.times === undefined
      ? median(own.filter((one) => one !== undefined))
      : medianRatio(own, values(samples[target.times.row] ?? [], target.times.of ?? of));
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
  const met = value === undefined ? undefined : value >= atLeast && value <= atMost;
  return { ...target, of, value, met };
}

function values(samples, metric) {
  return samples.map((sample) => sample[metric]);
}
