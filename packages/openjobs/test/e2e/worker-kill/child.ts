/** A process that is made to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a process ended: by itself with a code, or by a signal. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program; `await using` kills it if it still runs. */
export interface Child extends AsyncDisposable {
  /** Its group is its own, so it names whatever the program has started, too. */
  readonly pid: number;
  /** The lines that it has written so far. */
  readonly lines: readonly string[];
  /** Resolves when it has ended and its last line is there. */
  readonly ended: Promise<End>;
  /** Resolves when it has written such a line, now or before; rejects when it ends without. */
  wrote(line: RegExp): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<End>;
}

/** A group of its own does not go with the test process by itself. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a program of this folder with a plan, which all its threads can read. What it writes to stderr is seen. */
export function startChild(program: string, plan: object): Child {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PLAN: JSON.stringify(plan) },
    detached: true,
  });
  running.add(child);
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of listeners) look();
  });
  const ended = once(child, "close").then(([code, signal]): End => {
    running.delete(child);
    return { code, signal };
  });
  const kill = (): Promise<End> => {
    child.kill("SIGKILL");
    return ended;
  };
  const wrote = (line: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!lines.some((one) => line.test(one))) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      void ended.then((end) => reject(new Error(`It ended with ${end.signal ?? end.code} before it wrote ${line}.`)));
    });
  return { pid: child.pid ?? 0, lines, ended, wrote, kill, [Symbol.asyncDispose]: async () => void (await kill()) };
}
