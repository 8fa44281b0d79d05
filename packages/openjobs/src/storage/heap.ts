/** Popped places at the front of the line below which moving the rest forward is not worth it. */
const SMALL = 1_024;

/**
 * The smallest item by `compare` comes out first. What comes in its turn, not before the last one that did, waits in a line
 * and costs nothing more; what comes out of turn waits in a binary heap, O(log n). Nearly all jobs come in their turn: the
 * heap alone was 6% of a drain in memory.
 */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number;
  /** Sorted, from `#front` on; undefined before that, so that nothing is kept alive. */
  #line: (T | undefined)[] = [];
  #front = 0;
  #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#line.length - this.#front + this.#items.length;
  }

  /** The smallest item, which stays. */
  peek(): T | undefined {
    const first = this.#line[this.#front];
    const top = this.#items[0];
    if (first === undefined || (top !== undefined && this.#compare(top, first) < 0)) return top;
    return first;
  }

  push(item: T): void {
    const last = this.#line.at(-1);
    if (last === undefined || this.#compare(last, item) <= 0) {
      this.#line.push(item);
      return;
    }
    const items = this.#items;
    items.push(item);
    this.#rise(items.length - 1, item);
  }

  /** Removes the smallest item. */
  pop(): T | undefined {
    const smallest = this.peek();
    if (smallest !== undefined && smallest === this.#line[this.#front]) this.#step();
    else this.#popTop();
    return smallest;
  }

  /** Throws out every item that `keep` says no to. O(n): to sort the rest would stop everybody ten times as long. */
  retain(keep: (item: T) => boolean): void {
    this.#line = this.#line.filter((item) => item !== undefined && keep(item));
    this.#front = 0;
    this.#items = this.#items.filter(keep);
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index -= 1) {
      const item = this.#items[index];
      if (item !== undefined) this.#sink(index, item);
    }
  }

  /** The first of the line goes. */
  #step(): void {
    this.#line[this.#front] = undefined;
    this.#front += 1;
    if (this.#front === this.#line.length || (this.#front > SMALL && this.#front > this.#line.length / 2)) {
      this.#line = this.#line.slice(this.#front);
      this.#front = 0;
    }
  }

  #popTop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(0, last);
  }

  #rise(from: number, item: T): void {
    const items = this.#items;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || this.#compare(parent, item) <= 0) break;
      items[index] = parent;
      index = above;
    }
    items[index] = item;
  }

  #sink(from: number, item: T): void {
    const items = this.#items;
    let index = from;
    for (;;) {
      const below = this.#smallerChild(index);
      const child = items[below];
      if (child === undefined || this.#compare(item, child) <= 0) break;
      items[index] = child;
      index = below;
    }
    items[index] = item;
  }

  #smallerChild(index: number): number {
    const left = 2 * index + 1;
    const a = this.#items[left];
    const b = this.#items[left + 1];
    return a !== undefined && b !== undefined && this.#compare(b, a) < 0 ? left + 1 : left;
  }
}
