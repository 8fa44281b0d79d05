/** A queue from whose middle one can leave, at the same cost however many wait. */

/** A place in a {@link FifoList}. */
export interface FifoNode<T> {
  readonly value: T;
  previous: FifoNode<T> | undefined;
  next: FifoNode<T> | undefined;
}

/** A doubly linked list, first in first out. */
export class FifoList<T> {
  #first: FifoNode<T> | undefined;
  #last: FifoNode<T> | undefined;

  /** The value that has been here longest; undefined when there is none. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Adds at the end; the node is the ticket for {@link remove}, which must be used at most once. */
  add(value: T): FifoNode<T> {
    return this.#link(value, this.#last, undefined);
  }

  /** Adds before the first value that is behind it, which is looked for from the front. */
  insert(value: T, isBehind: (other: T) => boolean): FifoNode<T> {
    let next = this.#first;
    while (next !== undefined && !isBehind(next.value)) next = next.next;
    return this.#link(value, next === undefined ? this.#last : next.previous, next);
  }

  /** Takes a node of this list out, wherever it stands. */
  remove(node: FifoNode<T>): void {
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
  }

  #link(value: T, previous: FifoNode<T> | undefined, next: FifoNode<T> | undefined): FifoNode<T> {
    const node: FifoNode<T> = { value, previous, next };
    if (previous === undefined) this.#first = node;
    else previous.next = node;
    if (next === undefined) this.#last = node;
    else next.previous = node;
    return node;
  }
}
