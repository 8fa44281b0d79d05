/** The processes that are measured. Each measurement gets new ones, so that none profits or suffers from another. */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cpuMicros } from "./proc.mjs";

const TASK = fileURLToPath(new URL("./tasks/main.mjs", import.meta.url));
const GUARD_MS = 120_000;

const running = new Set();

/** Neither an interrupted run nor a failed row leaves processes behind. */
export function killChildren() {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}

/** Has a process that was started elsewhere ended with the others. */
export function adopt(child) {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

/**
 * Runs one task in a process of its own and resolves with its result, to which it adds `serverCpu`, what the processes
 * `servers` used between the task's `begin` and `done`, in microseconds.
 *
 * @param order `{ task, adapter, env, params }` for tasks/main.mjs.
 * @param options.onStart Gets the child, to talk to a task that lasts.
 */
export async function runTask(order, { servers = [], profile, onStart, onMessage } = {}) {
  const child = fork(TASK, [], {
    execArgv: profiling(profile, order.task),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  running.add(child);
  const guard = setTimeout(() => child.kill("SIGKILL"), GUARD_MS);
  const settled = answers(child, servers, onMessage);
  onStart?.(child);
  child.send(order);
  try {
    return await settled;
  } finally {
    clearTimeout(guard);
    await ended(child);
    running.delete(child);
  }
}

function answers(child, servers, onMessage) {
  return new Promise((resolve, reject) => {
    let before;
    let serverCpu;
    const steps = {
      begin: () => {
        before = cpuMicros(...servers);
        child.send({ type: "go" });
      },
      done: () => {
        if (servers.length > 0) serverCpu = cpuMicros(...servers) - before;
      },
      error: ({ message }) => reject(new Error(message)),
      result: ({ result }) => resolve({ ...result, serverCpu }),
    };
    child.on("message", (message) => (steps[message.type] ?? onMessage)?.(message, child));
    child.once("exit", (code, signal) => reject(new Error(`A measured process ended too soon (${signal ?? code}).`)));
  });
}

/** Starts a program that says on its first line of output where it listens. */
export async function startServer(script, args, { profile, role = "server" } = {}) {
  const child = spawn(process.execPath, [...profiling(profile, role), script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`${script} ended with status ${code}`);
  });
  const line = await Promise.race([once(lines, "line").then(([first]) => first), failed]);
  failed.catch(() => undefined);
  return { url: line.replace("listening on ", ""), pid: child.pid, stop: () => stop(child) };
}

/** A graceful end: only that writes a profile. */
export async function stop(child, signal = "SIGTERM") {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended(child);
  running.delete(child);
}

async function ended(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function profiling(profile, role) {
  if (profile === undefined) return [];
  const name = `${profile.row}-${role}-${profile.round}.cpuprofile`;
  return ["--cpu-prof", `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${name}`];
}
