/** The command `ojs` as a process of its own, run from what was just compiled. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A finished run of `ojs`. */
export interface OjsRun extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `ojs serve`; `await using` kills it if it still runs. */
export interface OjsProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<Exit>;
  /** What it wrote to stderr so far. */
  log(): string;
  /** Sends a signal and goes on. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Exit>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<Exit>;
}

/** What to serve. */
export interface OjsServe {
  /** `memory:` (default) or `sqlite:FILE`. */
  readonly storage?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `ojs serve` ended before it listened. */
export class OjsServeError extends Error {
  override readonly name = "OjsServeError";
  readonly run: OjsRun;

  constructor(run: OjsRun) {
    super(`ojs serve ended with ${run.signal ?? run.code} before it listened:\n${run.stderr}`);
    this.run = run;
  }
}

/** Whatever still runs when the test process goes, goes with it. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts `ojs serve` and waits until it listens.
 *
 * @throws OjsServeError when it ends before.
 */
export async function startOjs(serve: OjsServe = {}): Promise<OjsProcess> {
  const { storage = "memory:", port = 0, args = [], env = {} } = serve;
  const line = ["serve", "--port", String(port), "--storage", storage, "--log-level", "warn", ...args];
  const { child, output, exited } = launch(line, env);
  const first = await Promise.race([firstLine(child), exited]);
  if (typeof first !== "string") throw new OjsServeError({ ...first, ...output });
  const url = /^listening on (http:\/\/\S+)$/.exec(first)?.[1];
  if (url === undefined) {
    child.kill("SIGKILL");
    throw new OjsServeError({ ...(await exited), ...output });
  }
  const end = (name: NodeJS.Signals): Promise<Exit> => {
    child.kill(name);
    return exited;
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    exited,
    log: () => output.stderr,
    signal: (name) => void child.kill(name),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}

/** Runs `ojs` with these arguments to its end. */
export async function runOjs(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<OjsRun> {
  const { output, exited } = launch(args, env);
  return { ...(await exited), ...output };
}

interface Launched {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<Exit>;
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>): Launched {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...withoutOjs(process.env), ...env },
  });
  running.add(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  // `close` comes after the last byte of both streams.
  const exited = once(child, "close").then(([code, signal]): Exit => {
    running.delete(child);
    return { code, signal };
  });
  return { child, output, exited };
}

/** What the developer's shell says about OJS must not change what is tested. */
function withoutOjs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(OJS_|PORT$)/.test(name)));
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("stdout is not a pipe");
  const [line]: string[] = await once(createInterface({ input: stdout }), "line");
  return line ?? "";
}
