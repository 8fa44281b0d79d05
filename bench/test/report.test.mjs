import { describe, expect, it } from "vitest";
import { chartSvg } from "../report/chart.mjs";
import { overviewMarkdown, overviewRows } from "../report/overview.mjs";
import { between, peerWins } from "../report/readme.mjs";
import { number, tableMarkdown, tableText, targetText } from "../report/table.mjs";
import { allRows } from "../rows/index.mjs";

const DRAIN = {
  ...{ name: "sqlite-drain", title: "drain", group: "In process", main: "rate", noisy: 0, runs: 5 },
  ...{ rate: 16_432.7, spread: [15_000, 17_000], rawName: "raw-claim-50", raw: 40_000, rawRatio: 0.4108 },
  ...{ clientCpu: 61.23, rssClient: 88.4, requestsPerJob: 0.041 },
  targets: [{ of: "rate", atLeast: 15_000, value: 16_432.7, met: true }],
};

const PEER = { ...DRAIN, name: "bullmq-drain", group: "BullMQ", peer: true, raw: undefined, targets: [] };

function cellsOf(markdown) {
  return markdown
    .split("\n")
    .at(-1)
    .split("|")
    .map((cell) => cell.trim());
}

describe("the overview", () => {
  const lineOf = (text, rows) =>
    cellsOf(
      overviewMarkdown(rows)
        .split("\n")
        .find((line) => line.includes(text)) ?? "",
    );

  it("has a line per work and a column per system, and a dash where nothing was measured", () => {
    const pickup = { ...DRAIN, name: "bullmq-aof-pickup", main: "p50", p50: 1.872, p99: 4.86 };
    expect(lineOf("50 at a time", [DRAIN, pickup]).slice(1, -1)).toEqual([
      ...["Work, 50 at a time, jobs/s", "16,400", "–", "–", "–", "–", "–"],
    ]);
    expect(lineOf("idle queue", [DRAIN, pickup]).at(-2)).toBe("1.9 / 4.9");
  });

  it("names only rows that there are", () => {
    const names = allRows({ peers: true }).map(({ name }) => name);
    expect(overviewRows.filter((name) => name !== "" && !names.includes(name))).toEqual([]);
  });
});

describe("the table", () => {
  it("has one line per row, under its group", () => {
    expect(tableMarkdown([DRAIN])).toMatch(/^### In process\n\n\| row \|.*\n\| --- \|/);
    expect(cellsOf(tableMarkdown([DRAIN])).slice(1, -1)).toEqual([
      ...["drain (sqlite-drain)", "16,433/s", "15,000 – 17,000", "40,000/s raw-claim-50", "0.411", "61.2", "88.4"],
      ...["0.041", "✔ ≥ 15,000: 16,433"],
    ]);
  });

  it("gives both ends' costs where there are two", () => {
    expect(cellsOf(tableMarkdown([{ ...DRAIN, serverCpu: 30, rssServer: 70 }])).slice(6, 8)).toEqual([
      "61.2 + 30",
      "88.4 + 70",
    ]);
  });

  it("marks rows that others disturbed, and says why one is absent", () => {
    expect(cellsOf(tableMarkdown([{ ...DRAIN, noisy: 1 }]))[1]).toBe("drain (sqlite-drain) NOISY");
    expect(cellsOf(tableMarkdown([{ ...DRAIN, absent: "no such option" }]))[2]).toBe("– no such option");
  });

  it("lines up in a terminal", () => {
    const lines = tableText([DRAIN, { ...DRAIN, title: "a much longer title", targets: [] }])
      .split("\n")
      .slice(1);
    expect(new Set(lines.slice(1).map((line) => line.indexOf("16,433/s"))).size).toBe(1);
  });

  it.each([
    [{ of: "rate", atLeast: 0.35, times: { row: "raw" }, value: 0.3012, met: false }, "✘ ≥ 0.35 × raw: 0.301"],
    [{ of: "p50", atMost: 0.5, value: 0.42, met: true }, "✔ p50 ≤ 0.5: 0.42"],
    [{ of: "rate", atLeast: 30_000, value: undefined, met: undefined }, "? ≥ 30,000"],
  ])("says of %j: %s", (target, text) => {
    expect(targetText(target)).toBe(text);
  });

  it("keeps three digits of small numbers and all of large ones", () => {
    expect([0.04321, 1.005, 99.96, 123.4, 45_678.9].map(number)).toEqual(["0.0432", "1", "100", "123", "45,679"]);
  });
});

describe("the chart", () => {
  it("draws bars to scale, the raw limit beyond them", () => {
    const svg = chartSvg([DRAIN, { ...DRAIN, name: "http-drain", rate: 8_216.35 }], "caption");
    const widths = [...svg.matchAll(/<rect x="[^"]+" y="[^"]+" width="([^"]+)"/g)].map(([, width]) => Number(width));
    expect(widths[0] / widths[1]).toBeCloseTo(2, 1);
    expect(widths[0]).toBeCloseTo(400 * 0.4108, 0);
    expect(svg).toContain("caption");
  });

  it("leaves out rows that were not measured, and panels without any", () => {
    const svg = chartSvg([{ ...DRAIN, rate: undefined }], "");
    expect(svg).not.toContain("Drain");
  });

  it("tells peers by their colour and escapes names", () => {
    const svg = chartSvg([DRAIN, PEER], "a < b & c");
    expect(new Set([...svg.matchAll(/height="15" fill="([^"]+)"/g)].map(([, fill]) => fill)).size).toBe(2);
    expect(svg).toContain("a &lt; b &amp; c");
  });
});

describe("the README", () => {
  it("gets new figures between its markers and keeps the rest", () => {
    const text = "a\n<!-- tables -->\nold\n<!-- /tables -->\nb";
    expect(between(text, "tables", "new")).toBe("a\n<!-- tables -->\nnew\n<!-- /tables -->\nb");
  });

  it("does not lose a table for want of a marker", () => {
    expect(() => between("no markers", "tables", "new")).toThrow("<!-- tables -->");
  });

  it("tells where a peer is ahead, of the embedded server or of the one over HTTP", () => {
    const http = { ...DRAIN, name: "http-drain-exchange", rate: 9_000 };
    const wins = peerWins([DRAIN, http, { ...PEER, rate: 12_000 }]);
    expect(wins.map(({ peer, ours }) => [peer.name, ours.name])).toEqual([["bullmq-drain", "http-drain-exchange"]]);
  });

  it("does not hide a peer behind rows that lose everything with the process", () => {
    const memory = { ...DRAIN, name: "http-memory-drain", rate: 99_000 };
    expect(peerWins([DRAIN, memory, { ...PEER, rate: 20_000 }]).map(({ ours }) => ours.name)).toEqual(["sqlite-drain"]);
  });

  it("knows that less is better for latencies", () => {
    const ours = { ...DRAIN, name: "sqlite-pickup", main: "p50", p50: 0.4 };
    const peer = { ...PEER, name: "bullmq-pickup", main: "p50", p50: 1.6 };
    expect(peerWins([ours, peer])).toEqual([]);
    expect(peerWins([{ ...ours, p50: 2 }, peer])).toHaveLength(1);
  });
});
