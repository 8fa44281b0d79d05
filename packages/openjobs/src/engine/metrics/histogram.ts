/** How many observations fell under which bound. Numbers in arrays of fixed size: to observe makes nothing anew. */

/** What a histogram has seen so far. */
export interface HistogramReading {
  /** Upper bounds, ascending; the last one, infinity, is not among them. */
  readonly bounds: readonly number[];
  /** How many observations were at or under each bound, those under lower ones included. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Counts observations by their size. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** One more than bounds: what is above the last one. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds Ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Small values are the frequent ones, so it looks from below. */
  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  read(): HistogramReading {
    const cumulative: number[] = [];
    let count = 0;
    for (const own of this.#counts) {
      count += own;
      cumulative.push(count);
    }
    return { bounds: this.#bounds, cumulative: cumulative.slice(0, -1), count, sum: this.#sum };
  }
}
