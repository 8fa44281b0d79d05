/** Workflows. */
import { job, type Scenario, type Send, V1 } from "./scenario.ts";

/** Runs the jobs of a queue until there are none; a job of the type `fails` fails for good. */
async function work(send: Send, queue: string): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const [next] = (await send("POST", `${V1}/workers/fetch`, { queues: [queue], worker_id: "w" })).body.jobs;
    if (next === undefined) return;
    const fails = next.type === "fails";
    const outcome = fails ? { error: { code: "DISCARD", message: "no" } } : { result: { of: next.id } };
    await send("POST", `${V1}/workers/${fails ? "nack" : "ack"}`, { job_id: next.id, ...outcome });
  }
}

export const workflows: Scenario = async (send) => {
  const options = { queue: "flow" };
  const callbacks = { on_complete: job({ type: "done" }), on_failure: job({ type: "report" }) };
  const batch = { type: "batch", name: "mails", jobs: [job(), job({ type: "fails" })], callbacks, options };
  const nested = {
    type: "chain",
    name: "nest",
    steps: [job(), { type: "group", jobs: [job(), job()] }],
    options,
    meta: { a: 1 },
  };
  const graph = {
    steps: [
      { id: "a", ...job() },
      { id: "b", ...job({ type: "fails" }), depends_on: ["a"] },
    ],
    options,
  };
  const ids: string[] = [];
  for (const request of [batch, nested, graph, { type: "chain", steps: [job({ type: "fails" })], options }]) {
    ids.push((await send("POST", `${V1}/workflows`, request)).body.workflow.id);
  }
  await send("POST", `${V1}/workflows`, { type: "chain", steps: [] });
  await work(send, "flow");
  await work(send, "flow");
  for (const id of ids) await send("GET", `${V1}/workflows/${id}`);
  await send("GET", `${V1}/workflows?name=nest&state=completed`);
  await send("GET", `${V1}/workflows?state=strange`);
  await send("POST", `${V1}/workflows/${ids[3]}/retry`);
  await send("DELETE", `${V1}/workflows/${ids[3]}`);
  await send("DELETE", `${V1}/workflows/${ids[1]}`);
};
