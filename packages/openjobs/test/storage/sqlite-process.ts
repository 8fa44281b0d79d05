/** Another process that has a SQLite file open. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const CHILD = fileURLToPath(new URL("sqlite-child.mjs", import.meta.url));

export interface SqliteProcess {
  readonly pid: number;
  /** What it says, line by line, from the moment on at which the file is open. */
  readonly lines: AsyncIterableIterator<string>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

/** Starts the process; see sqlite-child.mjs for the arguments. Resolves when it has opened its file. */
export async function startSqliteProcess(...args: readonly string[]): Promise<SqliteProcess> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.value !== '"open"' || child.pid === undefined) throw new Error("The other process did not open its file.");
  return { pid: child.pid, lines, kill };
}
