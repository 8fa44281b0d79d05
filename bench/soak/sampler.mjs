/** What processes, files and the machine look like now, and what they used since the look before. */
import { readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { cpuMicros, machineMicros, memoryMb } from "../proc.mjs";

const MB = 1024 * 1024;

export class Sampler {
  #pids;
  #file;
  #before;

  /** `pids` by name. */
  constructor(pids, file) {
    this.#pids = pids;
    this.#file = file;
    this.#before = this.#used();
  }

  take() {
    const used = this.#used();
    const before = this.#before;
    this.#before = used;
    const wall = (used.at - before.at) * 1_000;
    const share = (name) => round((100 * (used.cpu[name] - before.cpu[name])) / wall);
    const names = Object.keys(this.#pids);
    return {
      cpu_percent: Object.fromEntries(names.map((name) => [name, share(name)])),
      rss_mb: Object.fromEntries(names.map((name) => [name, round(memoryMb(this.#pids[name])?.now)])),
      file_mb: sizeOf(this.#file),
      wal_mb: sizeOf(`${this.#file}-wal`),
      // Whatever else ran: other people's work on the same machine.
      others_percent: this.#others(used, before, wall),
      load: Number(readFileSync("/proc/loadavg", "utf8").split(" ", 1)[0]),
    };
  }

  #others(used, before, wall) {
    const own = Object.keys(used.cpu).reduce((sum, name) => sum + used.cpu[name] - before.cpu[name], 0);
    const most = 100 * cpus().length;
    return round(Math.min(most, Math.max(0, (100 * (used.machine - before.machine - own)) / wall)));
  }

  #used() {
    const entries = Object.entries(this.#pids).map(([name, pid]) => [name, cpuMicros(pid)]);
    return { at: performance.now(), machine: machineMicros(), cpu: Object.fromEntries(entries) };
  }
}

function sizeOf(file) {
  return round((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / MB);
}

function round(value) {
  return value === undefined ? null : Math.round(value * 10) / 10;
}
