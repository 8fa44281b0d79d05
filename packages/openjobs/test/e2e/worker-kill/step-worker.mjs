// A worker whose jobs take steps, from the build that vitest's global setup has made. PLAN in the environment says when it dies; see
// step-handler.mjs. Writes a line of JSON for whatever a step has done.
import { setImmediate as turn } from "node:timers/promises";
import { FetchTransport, OjsWorker } from "../../../dist/index.js";
import { isolated } from "../../../dist/node/index.js";
import { die, plan, takeSteps } from "./step-handler.mjs";

const wire = new FetchTransport({ url: plan.url });
const transport = {
  async request(request) {
    if (!request.path.endsWith("/checkpoint")) return wire.request(request);
    if (plan.forgets) return { status: 200, headers: {}, body: '{"sequence":1}' };
    die("before it is sent");
    const answering = wire.request(request);
    if (plan.moment === "while it is sent") {
      await turn();
      die("while it is sent");
    }
    const answer = await answering;
    die("when it is kept");
    return answer;
  },
};

const handler = plan.isolated ? isolated(new URL("step-handler.mjs", import.meta.url), { threads: 2 }) : takeSteps;
const worker = new OjsWorker({
  transport,
  id: plan.id,
  concurrency: 3,
  visibilityTimeout: "60s",
  handleSignals: false,
});
worker.register("test.steps", handler);
await worker.start();
process.stdin.resume().once("end", () => process.exit()); // nobody is there any more
