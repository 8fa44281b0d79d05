// A process that uses a SQLite file until somebody kills it, run from the build that vitest's global setup has made.
//
//   node sqlite-child.mjs hold FILE         opens the file, says "open" and waits
//   node sqlite-child.mjs work FILE SEED    commits random groups; a line of JSON for each that has resolved
import { writeSync } from "node:fs";
import { sqlite } from "../../dist/storage/sqlite/index.js";

const [mode, file, seed] = process.argv.slice(2);
const storage = sqlite(file);
await storage.open();
say("open");
if (mode === "hold") setInterval(() => undefined, 60_000);
else await work(random(Number(seed)));

async function work(chance) {
  const running = [];
  for (let round = 0; ; round += 1) {
    const inserted = Array.from({ length: 1 + Math.floor(chance() * 8) }, (_, index) => newJob(`${round}-${index}`));
    const ending = running.splice(0, Math.floor(chance() * (running.length + 1)));
    const outcome = await storage.commit({
      now: round,
      completions: ending.map(({ id, lease }) => ({ id, fence: { lease }, result: '"done"' })),
      beats: [],
      units: inserted.map((job) => ({ effects: [{ kind: "insert", job }] })),
      claims: [{ queues: ["work"], limit: Math.floor(chance() * 8), workerId: "w", leaseMs: 1e6, timeoutMs: 1e6 }],
    });
    running.push(...outcome.claims[0]);
    say({ inserted: ids(inserted), claimed: ids(outcome.claims[0]), completed: ids(ending) });
  }
}

/** One write, so that no line is ever cut in two. */
function say(what) {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

function ids(jobs) {
  return jobs.map(({ id }) => id);
}

function newJob(id) {
  const times = { createdAt: 0, availableAt: 0, enqueuedAt: 0, startedAt: null, endedAt: null, dueAt: null };
  const lease = { lease: 0, workerId: null, leaseMs: null, leaseUntil: null, timeoutAt: null, expiresAt: null };
  const counts = { attempt: 0, returned: 0, expiries: 0, priority: 0, maxAttempts: 3, seq: 0, revision: 0 };
  const limits = { timeoutMs: null, visibilityMs: null, retryDelayMs: null, deadLetter: false, expired: false };
  const texts = {
    args: `["${"x".repeat(200)}"]`,
    meta: "{}",
    attributes: "{}",
    errors: null,
    result: null,
    cron: null,
    lane: null,
  };
  return {
    id,
    type: "t",
    queue: "work",
    state: "available",
    digest: null,
    fingerprint: null,
    ...times,
    ...lease,
    ...counts,
    ...limits,
    ...texts,
  };
}

/** mulberry32: the same numbers for the same seed. */
function random(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
