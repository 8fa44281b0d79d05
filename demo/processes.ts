/** Starts the demo's processes: one server, two workers. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running `ojs serve`. */
export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `ojs serve` on a free port over a SQLite file and waits until it listens. */
export async function startServer(file: string): Promise<ServerProcess> {
  const command = fileURLToPath(new URL("./cli/main.js", import.meta.resolve("openjobs")));
  const args = [
    command,
    "serve",
    "--port",
    "0",
    "--storage",
    `sqlite:${file}`,
    "--log-level",
    "warn",
    "--log-jobs",
    "none",
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line").then(([line]) => String(line)), failure(child)]);
  return { url: first.replace("listening on ", ""), stop: () => stop(child) };
}

/** Starts a worker process and waits until it fetches. */
export async function startWorker(url: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), [url]);
  await Promise.race([once(child, "message"), failure(child)]);
  return child;
}

/** Asks a process to end and waits for it. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

async function failure(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`${child.spawnargs.slice(1, 3).join(" ")} ended at once with status ${String(code)}`);
}
