/** The command `ojs` as a process of its own, from the build that vitest's global setup has made. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A running or finished `ojs`. */
export interface OjsProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The address after `listening on`; rejects when the process ends without it. */
  url(): Promise<string>;
  /** Resolves with the exit status, or the signal that ended it. */
  exited(): Promise<number | NodeJS.Signals>;
}

const command = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Starts `ojs` with these arguments; only `env` is set besides PATH. */
export function startOjs(args: readonly string[], env: Readonly<Record<string, string>> = {}): OjsProcess {
  const child = spawn(process.execPath, [command, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  let wake: () => void = () => undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    wake();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  // `close` comes after the last output, `exit` may not.
  const closed = once(child, "close");
  void closed.then(() => wake());

  async function url(): Promise<string> {
    for (;;) {
      const [, address] = /^listening on (\S+)\n/.exec(out) ?? [];
      if (address !== undefined) return address;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ojs ended: ${out}${err}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function exited(): Promise<number | NodeJS.Signals> {
    await closed;
    return child.exitCode ?? child.signalCode ?? Number.NaN;
  }

  return {
    child,
    stdout: () => out,
    stderr: () => err,
    url,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
