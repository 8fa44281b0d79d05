/** Rows that do the same work, whoever does it, by the end of their names. */
const KINDS = {
  "enqueue-seq": { suffixes: ["enqueue-seq"], title: "Enqueue, one after the other (jobs/s)" },
  "enqueue-50": { suffixes: ["enqueue-50", "enqueue-coalesced"], title: "Enqueue, 50 in flight (jobs/s)" },
  "enqueue-batch": { suffixes: ["enqueue-batch"], title: "Enqueue, batches of 1,000 (jobs/s)" },
  drain: { suffixes: ["drain", "drain-exchange"], title: "Drain, 50 at a time (jobs/s)" },
  pickup: { suffixes: ["pickup"], title: "Pickup on an idle queue, p50 (ms, less is better)" },
};

export const kinds = Object.entries(KINDS).map(([kind, { title }]) => ({ kind, title }));

/** The kind of the row `http-drain-exchange` is `drain`; undefined for rows like which there is no other. */
export function kindOf(name) {
  const found = Object.entries(KINDS).find(([, { suffixes }]) =>
    suffixes.some((suffix) => name.endsWith(`-${suffix}`)),
  );
  return found?.[0];
}
