/** The end of the present turn of the event loop, for what gathers things that become ready in one turn. */

/** Node, Deno and Bun have it; it is looked up on the global object, so that the SDK stays importable everywhere. */
const immediate: unknown = Reflect.get(globalThis, "setImmediate");

/**
 * Runs it when this turn is over. No timer is involved, which would wait for a millisecond. Where nothing tells the end of
 * a turn, what is ready now comes before it, and that is nearly as good.
 */
export const atEndOfTurn: (run: () => void) => void =
  typeof immediate === "function" ? (run) => void immediate(run) : (run) => void Promise.resolve().then(run);
