/** Where and when the figures were measured. */
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

export function machineFacts(now = new Date()) {
  return {
    date: now.toISOString(),
    commit: commit(),
    node: process.version,
    system: `${type()} ${release()}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}

/** With a plus sign when the tree has changes that were not committed. */
function commit() {
  try {
    const dirty = git("status", "--porcelain", "--", "packages") === "" ? "" : "+";
    return git("rev-parse", "--short", "HEAD") + dirty;
  } catch {
    return "unknown";
  }
}

function git(...args) {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
