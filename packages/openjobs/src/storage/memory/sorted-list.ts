/**
 * An array that stays sorted. Made for items that mostly arrive in order: adding at the end costs O(log n), anywhere
 * else one memory move.
 */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item; an equal one must not be there. */
  add(item: T): void {
    this.#items.splice(this.countBelow(item), 0, item);
  }

  /** Removes the item that is equal to this one, if there is one. */
  remove(item: T): void {
    const index = this.countBelow(item);
    const found = this.#items[index];
    if (found !== undefined && this.#compare(found, item) === 0) this.#items.splice(index, 1);
  }

  /** How many items sort before this one, which need not be in the list. */
  countBelow(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const probe = this.#items[middle];
      if (probe !== undefined && this.#compare(probe, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The items from index `start` up to, not including, `end`; indexes outside of the list are cut off. */
  slice(start: number, end: number): T[] {
    return this.#items.slice(Math.max(0, start), Math.max(0, end));
  }
}
