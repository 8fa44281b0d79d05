// A job that is hard on its thread, in the way that its argument says.
import { writeSync } from "node:fs";

async function beHard({ args: [how], attempt, step }) {
  const begunBy = await step("begin", () => process.pid);
  if (how === "spin" || (how === "spin once" && attempt === 1)) {
    writeSync(1, `${how}\n`);
    for (;;);
  }
  if (how === "memory") for (const kept = []; ; ) kept.push(new Array(100_000).fill({}));
  return { begunBy, endedBy: process.pid };
}

export { beHard as default };
