/** Prometheus' text format, the part of it that a server writes: families of samples with their labels. */
import type { HistogramReading } from "../engine/metrics/histogram.ts";

/** Labels under their names. Values may be anything. */
export type Labels = Readonly<Record<string, string>>;

/** What a family's samples are. */
export type FamilyKind = "counter" | "gauge" | "histogram";

/** Writes families one after the other. */
export class PrometheusText {
  readonly #lines: string[] = [];

  /** Begins a family; the samples that follow belong to it. `help` must be one line. */
  family(name: string, kind: FamilyKind, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
  }

  sample(name: string, value: number, labels: Labels = {}): void {
    this.#lines.push(`${name}${braced(labelled(labels))} ${value}`);
  }

  /** The buckets, sum and count of one histogram of a family. */
  histogram(name: string, { bounds, cumulative, count, sum }: HistogramReading, labels: Labels = {}): void {
    const own = labelled(labels);
    const before = own === "" ? "" : `${own},`;
    bounds.forEach((bound, index) => {
      this.#lines.push(`${name}_bucket{${before}le="${bound}"} ${cumulative[index] ?? 0}`);
    });
    this.#lines.push(`${name}_bucket{${before}le="+Inf"} ${count}`);
    this.#lines.push(`${name}_sum${braced(own)} ${sum}`, `${name}_count${braced(own)} ${count}`);
  }

  /** Everything so far. The format asks for a line feed at the end. */
  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

function labelled(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function escaped(value: string): string {
  return value.replace(/["\\\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}
