/**
 * Sends jobs at a steady rate, whatever the server does: each at its own moment, and the moment is in the job, so that a
 * stall of the server is seen by every job that had to wait because of it.
 *
 * Parent says `{ url, queue, rate, jobs }`; hears `{ window }` every five seconds and `{ done }` at the end.
 */
import { OjsClient } from "openjobs";

const TICK_MS = 2;
const WINDOW_MS = 5_000;
/** Beyond this a producer that is far behind would measure its own garbage collector. Jobs then go out late, and count so. */
const MOST_OPEN = 10_000;
const SAMPLE_EVERY = 1_000;

process.once("message", (order) => void run(order));

async function run({ url, queue, rate, jobs }) {
  const client = new OjsClient({ url });
  const start = now() + 200;
  const open = new Set();
  const tally = { sent: 0, accepted: 0, refused: 0, errors: {}, samples: [] };

  const send = async (number) => {
    const at = start + (number * 1_000) / rate;
    try {
      const job = await client.enqueue("soak.tick", { n: number, at }, { queue });
      tally.accepted += 1;
      if (number % SAMPLE_EVERY === 0) tally.samples.push({ id: job.id, at });
    } catch (error) {
      tally.refused += 1;
      tally.errors[error.code ?? error.message] = (tally.errors[error.code ?? error.message] ?? 0) + 1;
    }
  };

  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(jobs, Math.floor(((now() - start) * rate) / 1_000));
      for (; tally.sent < due && open.size < MOST_OPEN; tally.sent += 1) {
        const call = send(tally.sent);
        open.add(call);
        void call.finally(() => open.delete(call));
      }
      if (tally.sent < jobs) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
    setInterval(
      () => process.send({ window: { sent: tally.sent, accepted: tally.accepted, open: open.size } }),
      WINDOW_MS,
    ).unref();
  });
  await Promise.all(open);
  await client.close();
  process.send({ done: tally });
  process.disconnect();
}

function now() {
  return performance.timeOrigin + performance.now();
}
