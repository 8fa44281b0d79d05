/**
 * The part of the storage port by which servers on one store tell each other that there may be something to do. It only
 * saves time: the truth is in the store, and an engine looks there every 15 seconds for what it was not told.
 * Internal: no semver promise.
 */

/** Who hears of the other servers. */
export interface SignalListener {
  /** Another server has published this. */
  heard(text: string): void;
  /** Something may have got lost, as while a connection was broken. To be called once the way is open again. */
  missed(): void;
}

/** A way to the other servers on the same store. */
export interface Signals {
  /**
   * Whether another server may be there; false = nobody would hear. It may be wrong for seconds about one that has gone, but a
   * new one counts as soon as it has said that it is there, and says so when it listens.
   */
  readonly company: boolean;
  /** How many they are, as far as that is known. */
  readonly others: number;
  /** True when nothing that is published can get lost: then nobody has to look for it. */
  readonly certain?: boolean;
  /**
   * Sends at most 7,000 bytes of ASCII to all others, outside of any commit; it does not come back to this one. Rejects when
   * it could not be sent.
   */
  publish(text: string): Promise<void>;
  /** Tells the listener from now on, also before `open` and after it; answers how to stop. */
  subscribe(listener: SignalListener): () => void;
}
