/** Answers that go on after their head. */

/** Where such an answer is written to. */
export interface Outlet {
  /** Writes; false = more only when {@link OutletListener.drained} was called, or it piles up. */
  write(chunk: Uint8Array | string): boolean;
  /** Ends the answer, after what was written. */
  end(): void;
  /** Ends the connection at once. */
  cut(): void;
}

/** Hears what becomes of what was written. */
export interface OutletListener {
  /** What was written is on its way. */
  drained(): void;
  /** The client has gone. */
  closed(): void;
}

/** Begins to write; may end the outlet before it returns. */
export type OpenStream = (outlet: Outlet) => OutletListener;
