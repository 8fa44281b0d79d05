/** Puts the figures of a run between the markers of bench/README.md. */
import { kindOf } from "./kinds.mjs";
import { tableMarkdown, targetText } from "./table.mjs";

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function between(text, name, content) {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(from);
  const end = text.indexOf(to);
  if (start === -1 || end < start) throw new Error(`There is no ${from} … ${to}.`);
  return `${text.slice(0, start + from.length)}\n${content}\n${text.slice(end)}`;
}

export function writeFigures(text, facts, summary) {
  const withTables = between(text, "tables", `${factsMarkdown(facts)}\n\n${tableMarkdown(summary)}`);
  return between(between(withTables, "missed", missedMarkdown(summary)), "peers", peersMarkdown(summary));
}

/** Date, commit and machine in a sentence. */
export function factsText({ date, commit, node, system, cpu, cores, memoryGb, repeat, updates = [] }) {
  const later =
    updates.length === 0 ? "" : ` ${updates.length === 1 ? "One later run" : "Later runs"} replaced some rows.`;
  return `${date.slice(0, 10)}, commit ${commit}, Node ${node}, ${system}, ${cores} × ${cpu}, ${memoryGb} GB, medians of ${repeat}.${later}`;
}

function factsMarkdown({ updates = [], ...facts }) {
  return [`Measured ${factsText(facts)}`, ...updates.map(updateMarkdown)].join("\n\n");
}

function updateMarkdown({ date, commit, repeat, rows }) {
  const names = rows.map((name) => `\`${name}\``).join(", ");
  return `Measured again ${date.slice(0, 16).replace("T", " ")} UTC, commit ${commit}, medians of ${repeat}: ${names}.`;
}

function missedMarkdown(summary) {
  const missed = summary.flatMap(({ name, targets }) =>
    targets.filter(({ met }) => met === false).map((target) => `- \`${name}\`: ${targetText(target)}`),
  );
  return missed.length === 0 ? "None in this run." : missed.join("\n");
}

/** What a peer does better than our best durable row of the same kind, embedded or over HTTP. */
export function peerWins(summary) {
  const peers = summary.filter((row) => row.peer === true && row[row.main] !== undefined);
  return peers.flatMap((peer) =>
    ["sqlite-", "http-"].flatMap((prefix) => {
      const best = bestOf(summary, prefix, peer);
      return best !== undefined && compare(peer.main, peer, best) < 0 ? [{ peer, ours: best }] : [];
    }),
  );
}

function bestOf(summary, prefix, { name, main }) {
  const same = ({ peer, ...row }) =>
    peer !== true &&
    row.name.startsWith(prefix) &&
    !row.name.startsWith("http-memory-") &&
    kindOf(row.name) === kindOf(name);
  return summary.filter((row) => same(row) && row[main] !== undefined).toSorted((a, b) => compare(main, a, b))[0];
}

/** Less than zero when `a` is better. */
function compare(metric, a, b) {
  return metric === "rate" ? b.rate - a.rate : a[metric] - b[metric];
}

function peersMarkdown(summary) {
  if (!summary.some(({ peer }) => peer === true)) return "This run was without `--peers`.";
  const wins = peerWins(summary);
  if (wins.length === 0) return "None in this run.";
  const line = ({ peer, ours }) => {
    const unit = peer.main === "rate" ? "jobs/s" : "ms";
    return `- \`${peer.name}\` ${digits(peer[peer.main])} against \`${ours.name}\` ${digits(ours[peer.main])} ${unit}`;
  };
  return wins.map(line).join("\n");
}

function digits(value) {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}
