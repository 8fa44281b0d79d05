import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root, whatever the current directory is. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program with inherited output and returns its exit status (1 when it could not start). */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

/** Like `run`, and ends this program with the same status when that is not 0. */
export function must(command, args, options) {
  const status = run(command, args, options);
  if (status !== 0) process.exit(status);
}

/** Runs a tool that npm installed, by its file name in node_modules/.bin. */
export const bin = (name) => `${root}node_modules/.bin/${name}`;
