/** The figures as bars, an SVG written by hand: no library, and the same bytes for the same figures. */
import { kindOf, kinds } from "./kinds.mjs";
import { number } from "./table.mjs";

const WIDTH = 760;
const LABEL = 250;
const BAR = 400;
const LINE = 22;
const HEAD = 34;

const COLOURS = { ours: "#2563eb", peer: "#9ca3af", raw: "#dc2626", text: "#111827", back: "#ffffff" };

/** A panel per kind of work, a bar per system; a red line marks the raw limit. */
export function chartSvg(summary, caption) {
  const panels = kinds
    .map(({ kind, title }) => ({ title, bars: barsOf(kind, summary) }))
    .filter(({ bars }) => bars.length > 0);
  const height = panels.reduce((sum, { bars }) => sum + HEAD + bars.length * LINE, 0) + 2 * LINE;
  let top = 0;
  const drawn = panels.map((panel) => {
    const svg = panelSvg(panel, top);
    top += HEAD + panel.bars.length * LINE;
    return svg;
  });
  const note = `Bars: medians. Red line: raw limit of the same run. ${caption}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    "<title>Rates of the benchmark's rows</title>",
    `<rect width="${WIDTH}" height="${height}" fill="${COLOURS.back}"/>`,
    ...drawn,
    text(12, top + LINE, note, 'font-size="11"'),
    "</svg>\n",
  ].join("\n");
}

function barsOf(kind, summary) {
  return summary
    .filter((row) => kindOf(row.name) === kind && row[row.main] !== undefined)
    .map((row) => ({ name: row.name, peer: row.peer === true, value: row[row.main], raw: row.raw }));
}

function panelSvg({ title, bars }, top) {
  const most = Math.max(...bars.flatMap(({ value, raw }) => [value, raw ?? 0]));
  const lines = bars.map((bar, index) => barSvg(bar, top + HEAD + index * LINE, BAR / most));
  return [text(12, top + 24, title, 'font-weight="bold"'), ...lines].join("\n");
}

function barSvg({ name, peer, value, raw }, y, scale) {
  const end = LABEL + value * scale;
  const mark = raw === undefined ? undefined : LABEL + raw * scale;
  // A label that the mark would cross goes to its right.
  const at = mark !== undefined && mark >= end && mark < end + 60 ? mark : end;
  return [
    text(LABEL - 8, y + 14, name, 'text-anchor="end"'),
    `<rect x="${LABEL}" y="${y + 3}" width="${round(value * scale)}" height="${LINE - 7}" fill="${peer ? COLOURS.peer : COLOURS.ours}"/>`,
    ...(mark === undefined
      ? []
      : [`<path d="M${round(mark)} ${y + 1}v${LINE - 3}" stroke="${COLOURS.raw}" stroke-width="2"/>`]),
    text(round(at) + 6, y + 14, number(value)),
  ].join("\n");
}

function text(x, y, content, attributes = "") {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" fill="${COLOURS.text}"${attributes === "" ? "" : ` ${attributes}`}>${escaped}</text>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
