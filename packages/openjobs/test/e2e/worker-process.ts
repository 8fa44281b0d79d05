/** A worker as a process of its own, run from what was just compiled. Its jobs end when it gets SIGUSR2. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const SDK = new URL("../../dist/index.js", import.meta.url).href;

const PROGRAM = `
import { OjsWorker } from ${JSON.stringify(SDK)};
const worker = new OjsWorker({ url: process.argv[1], id: "child", visibilityTimeout: "60s" });
worker.register("test.job", async (job) => {
  const end = new Promise((resolve, reject) => {
    process.once("SIGUSR2", resolve);
    job.signal.addEventListener("abort", () => reject(job.signal.reason));
  });
  console.log("entered", job.id, job.attempt); // only now may a test send the signal
  await end;
  return "from the child";
});
await worker.start();
setInterval(() => console.log("state", worker.state), 20).unref();
console.log("ready");
`;

/** A running worker; `await using` kills it if it still runs. */
export interface WorkerProcess extends AsyncDisposable {
  signal(name: NodeJS.Signals): void;
  /** Resolves when the worker has said this, now or before. */
  said(line: string | RegExp): Promise<void>;
  /** Forgets what was said. */
  forget(): void;
  /** Resolves with the exit code when the process has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

export async function startWorkerProcess(url: string): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited: Promise<number | null> = once(child, "exit").then(([code]) => code);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  listen(child, (line) => {
    lines.push(line);
    for (const check of waiting) check();
  });
  const said = (wanted: string | RegExp): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!lines.some((line) => (typeof wanted === "string" ? line === wanted : wanted.test(line)))) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  await said("ready");
  return {
    signal: (name) => void child.kill(name),
    said,
    forget: () => void lines.splice(0),
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function listen({ stdout }: ChildProcess, onLine: (line: string) => void): void {
  if (stdout === null) throw new Error("stdout is not a pipe");
  createInterface({ input: stdout }).on("line", onLine);
}
