/** A worker process of the demo. Killing it is part of the show, so it does nothing special to survive. */
import { setTimeout as delay } from "node:timers/promises";
import { type JobContext, OjsWorker } from "openjobs";
import { type FileFacts, inspectFile } from "./inspect-file.ts";
import { INSPECT, type InspectRequest, QUEUE, type WorkerNews, type WorkerOrder } from "./jobs.ts";

/** Slow enough for the progress bar to be seen. */
const PACE_MS = 15;

let getStuck = false;
const worker = new OjsWorker({ url: process.argv[2] ?? "", queues: [QUEUE], concurrency: 4, visibilityTimeout: "2s" });

worker.register(INSPECT, async (job: JobContext<readonly [InspectRequest]>): Promise<FileFacts> => {
  const [{ path, failures = 0 }] = job.args;
  if (getStuck) await stayStuck();
  if (job.attempt <= failures) throw new Error(`attempt ${job.attempt} fails on purpose`);
  await delay(PACE_MS);
  return inspectFile(path);
});

process.on("message", (order: WorkerOrder) => {
  getStuck = order === "get-stuck";
});
const stopped = worker.run();
tell("ready");
await stopped;
process.disconnect?.(); // the channel to the parent would keep the process alive

function stayStuck(): Promise<never> {
  tell("stuck");
  return new Promise(() => undefined);
}

function tell(news: WorkerNews): void {
  process.send?.(news);
}
