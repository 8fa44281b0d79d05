/** A binary heap: the smallest item by `compare` comes out first. Push and pop cost O(log n). */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number;
  #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest item, which stays. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    items.push(item);
    this.#rise(items.length - 1, item);
  }

  /** Removes the smallest item. */
  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(0, last);
    return top;
  }

  /** Throws out every item that `keep` says no to. O(n): to sort the rest would stop everybody ten times as long. */
  retain(keep: (item: T) => boolean): void {
    this.#items = this.#items.filter(keep);
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index -= 1) {
      const item = this.#items[index];
      if (item !== undefined) this.#sink(index, item);
    }
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
