/** Latencies in milliseconds, counted in buckets that are 2% apart: exact enough, and no bigger after a million of them. */
const STEP = Math.log(1.02);
const SMALLEST_MS = 0.01;

export class Histogram {
  #buckets = new Uint32Array(1_200);
  #count = 0;
  #max = 0;

  add(ms) {
    const index = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / STEP);
    this.#buckets[Math.min(index, this.#buckets.length - 1)] += 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  summary() {
    return {
      count: this.#count,
      p50: this.#at(0.5),
      p95: this.#at(0.95),
      p99: this.#at(0.99),
      max: rounded(this.#max),
    };
  }

  #at(part) {
    let left = Math.ceil(this.#count * part);
    if (left === 0) return null;
    for (let index = 0; index < this.#buckets.length; index += 1) {
      left -= this.#buckets[index];
      if (left <= 0) return rounded(SMALLEST_MS * Math.exp(index * STEP));
    }
    return rounded(this.#max);
  }
}

function rounded(ms) {
  return Math.round(ms * 100) / 100;
}
