/** Remembers deliveries and what was answered, so that one that comes twice is done once (ojs-serverless §8). */

/** What was said to a delivery. */
export interface PushAnswer {
  readonly status: number;
  readonly body: string;
}

/** What memory may take; the oldest are forgotten first. */
export interface MemoryBounds {
  readonly deliveries: number;
  readonly bytes: number;
}

/** See above. */
export class DeliveryMemory {
  readonly #bounds: MemoryBounds;
  readonly #answers = new Map<string, { readonly answer: Promise<PushAnswer>; size: number }>();
  #size = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  /** The answer to a delivery that was here before, also while it is being made. */
  find(id: string): Promise<PushAnswer> | undefined {
    return this.#answers.get(id)?.answer;
  }

  /** Remembers an answer from the moment that somebody works on it. */
  add(id: string, answer: Promise<PushAnswer>): void {
    const entry = { answer, size: 0 };
    this.#answers.set(id, entry);
    this.#forgetOldest();
    void answer.then(
      ({ body }) => {
        if (this.#answers.get(id) !== entry) return;
        entry.size = body.length;
        this.#size += body.length;
        this.#forgetOldest();
      },
      () => this.#answers.delete(id), // whoever waits for it hears why
    );
  }

  #forgetOldest(): void {
    for (const [id, { size }] of this.#answers) {
      if (this.#answers.size <= this.#bounds.deliveries && this.#size <= this.#bounds.bytes) return;
      this.#answers.delete(id);
      this.#size -= size;
    }
  }
}
