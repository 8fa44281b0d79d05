/** Which files the demo works on. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const SKIPPED = new Set(["node_modules", ".git", "dist", "coverage"]);

/** The regular files below a folder, sorted; a git repository's own files where it is one. */
export function listFiles(folder: string): string[] {
  return (trackedFiles(folder) ?? walk(folder)).sort();
}

function trackedFiles(folder: string): string[] | undefined {
  try {
    const output = execFileSync("git", ["ls-files", "-z", "--cached"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 256 * 1024 * 1024,
    });
    const names = output.split("\0").filter((name) => name !== "");
    return names.length > 0 ? names.map((name) => join(folder, name)) : undefined;
  } catch {
    return undefined; // no git, or not a repository
  }
}

function walk(folder: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile()) files.push(join(folder, entry.name));
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) files.push(...walk(join(folder, entry.name)));
  }
  return files;
}
