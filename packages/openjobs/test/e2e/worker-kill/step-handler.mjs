// A job of a few steps, in a process that kills itself with SIGKILL where its plan says. Runs in the worker's own thread, or in another one.
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";

/** What every thread of the process knows. */
export const plan = JSON.parse(process.env.PLAN);
const { id, steps, moment } = plan;
let left = plan.count;

/** As often as the plan says a moment passes by; then nothing happens any more. */
export function die(at) {
  if (at !== moment) return;
  left -= 1;
  if (left > 0) return;
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

export async function takeSteps({ id: job, attempt, step }) {
  const say = (kind, name, value) => write({ kind, job, attempt, by: id, step: name, value });
  const results = [];
  for (const name of steps) {
    const value = await step(name, async () => {
      die("before the work");
      const made = result(name, attempt);
      say("did", name, made);
      await turn();
      die("after the work");
      return made;
    });
    say("got", name, value);
    die("between steps");
    results.push(value);
  }
  die("before the outcome");
  return results;
}

export { takeSteps as default };

/** Never the same twice; the last step returns nothing at all. */
function result(name, attempt) {
  if (name === steps.at(-1)) return undefined;
  return { made: randomUUID(), attempt, by: id, text: "Zoë \u2028 ✓", list: [1.5, null, { a: [] }] };
}

/** One write, so that no line is ever cut in two. */
function write(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
