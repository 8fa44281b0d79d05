/** Where instances of a function tell each other which deliveries they have seen. */

/** A store that all instances share: a database, Redis, a KV namespace. */
export interface DeliveryStore {
  /**
   * Remembers the id of a delivery, in one atomic step.
   *
   * @param keepSeconds For how long, at least.
   * @returns False when it was there before.
   * @example { add: async (id, keepSeconds) => (await redis.set(`ojs:${id}`, "1", { NX: true, EX: keepSeconds })) !== null }
   */
  add(deliveryId: string, keepSeconds: number): boolean | Promise<boolean>;
}
