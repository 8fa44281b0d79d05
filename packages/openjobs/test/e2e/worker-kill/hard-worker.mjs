// A worker whose handler has threads of its own, from the build that vitest's global setup has made.
import { OjsWorker } from "../../../dist/index.js";
import { isolated } from "../../../dist/node/index.js";

const { url, threads } = JSON.parse(process.env.PLAN);
const limits = { threads, memoryLimitMb: 24, killAfter: 20 };
const worker = new OjsWorker({ url, concurrency: 4, visibilityTimeout: "60s", handleSignals: false });
worker.register("test.hard", isolated(new URL("hard-handler.mjs", import.meta.url), limits));
await worker.start();
process.stdin.resume().once("end", () => process.exit()); // nobody is there any more
