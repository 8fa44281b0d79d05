/** What the kernel knows about processes. Linux only: elsewhere these are undefined and the columns stay empty. */
import { readdirSync, readFileSync } from "node:fs";

const TICK_US = 10_000;

/** CPU time used so far by processes and all their descendants, in microseconds. */
export function cpuMicros(...roots) {
  if (process.platform !== "linux") return undefined;
  let sum = 0;
  for (const pid of tree(roots)) sum += threadsMicros(pid) + (stat(pid)?.reaped ?? 0) * TICK_US;
  return sum;
}

/** Resident memory of a process in MB; `peak` is the most it ever had. */
export function memoryMb(pid) {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

/** CPU time that the whole machine has used so far, in microseconds; what a hypervisor took away counts as used. */
export function machineMicros() {
  const line = read("/proc/stat")?.split("\n", 1)[0];
  if (line === undefined) return undefined;
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_US;
}

/** The scheduler counts nanoseconds, where it is compiled in; ticks are too coarse for an idle process. */
function threadsMicros(pid) {
  let nanoseconds = 0;
  for (const thread of list(`/proc/${pid}/task`)) {
    const text = read(`/proc/${pid}/task/${thread}/schedstat`);
    if (text === undefined) return (stat(pid)?.own ?? 0) * TICK_US;
    nanoseconds += Number(text.split(" ", 1)[0]);
  }
  return nanoseconds / 1_000;
}

function tree(roots) {
  const children = new Map();
  for (const name of list("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? stat(pid)?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [...roots];
  // Grows while it is walked.
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name before the last bracket may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, user, system, childUser, childSystem] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  return { parent, own: user + system, reaped: childUser + childSystem };
}

function read(file) {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined; // not Linux, or the process has ended
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
