/** Rules about one file at a time: size, name, `any`. */
import { posix } from "node:path";
import type { SourceTree } from "./source-tree.ts";

export const limits = { fileLines: 400, fileLinesReported: 300, functionLines: 60 } as const;

/** A name that says nothing gathers everything. */
const emptyNames = new Set(["utils.ts", "util.ts", "helpers.ts", "helper.ts", "types.ts", "interfaces.ts"]);

export function oversized(tree: SourceTree): string[] {
  return [...tree.values()].flatMap((file) => {
    const long = file.functions
      .filter(({ lines }) => lines > limits.functionLines)
      .map(({ name, line, lines }) => `${file.path}:${line}: ${name} has ${lines} lines`);
    return file.lines > limits.fileLines ? [`${file.path}: ${file.lines} lines`, ...long] : long;
  });
}

/** Not wrong yet, but the next change to such a file should split it. */
export function nearlyOversized(tree: SourceTree): string[] {
  return [...tree.values()]
    .filter(({ lines }) => lines > limits.fileLinesReported && lines <= limits.fileLines)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

export function misnamed(tree: SourceTree): string[] {
  return [...tree.keys()].flatMap((path) => {
    const bad = path.split("/").find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?(\.ts)?$/.test(part));
    if (bad !== undefined) return [`${path}: "${bad}" is not kebab-case`];
    return emptyNames.has(posix.basename(path)) ? [`${path}: name it after what it holds`] : [];
  });
}

export function anys(tree: SourceTree): string[] {
  return [...tree.values()].flatMap(({ path, anys: lines }) => lines.map((line) => `${path}:${line}: any`));
}
