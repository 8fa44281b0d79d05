/** The source files of the package as one value, read from disk or written by a test of the rules themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { type Import, parseSource, type SourceFile } from "./source-file.ts";

/** By path relative to src. */
export type SourceTree = ReadonlyMap<string, SourceFile>;

export function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, parseSource(path, text)]));
}

export function readTree(folder: string): SourceTree {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.[cm]?tsx?$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).split(sep).join("/")] = readFileSync(path, "utf8");
  }
  return treeOf(files);
}

/** The path in the tree that a relative import leads to; undefined for packages, `node:` and `#` specifiers. */
export function targetOf(file: SourceFile, { specifier }: Import): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.normalize(posix.join(posix.dirname(file.path), specifier));
}

/** `@scope/name/sub` → `@scope/name`; undefined for relative, `node:` and `#` specifiers. */
export function packageOf({ specifier }: Import): string | undefined {
  if (/^(\.|#|node:)/.test(specifier)) return undefined;
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Files that are allowed to know Node in an otherwise neutral folder: `node-transport.ts`, `signals-node.ts`. */
export function isNamedForNode(path: string): boolean {
  return /(^|-)node(-|\.)/.test(posix.basename(path));
}
