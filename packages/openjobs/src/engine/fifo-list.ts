/** A queue from whose middle one can leave: every operation costs the same however many wait. */

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
    const node: FifoNode<T> = { value, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    return node;
  }

  /** Takes a node of this list out, wherever it stands. */
  remove(node: FifoNode<T>): void {
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
  }
}
