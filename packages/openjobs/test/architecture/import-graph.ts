/** Questions about the graph of imports as a whole: does it have cycles, and does the SDK reach Node? */
import type { Import, SourceFile } from "./source-file.ts";
import { isNamedForNode, packageOf, type SourceTree, targetOf } from "./source-tree.ts";

/** Every cycle that a depth-first walk meets, as `a.ts → b.ts → a.ts`. Type imports count: they tie files too. */
export function importCycles(tree: SourceTree): string[] {
  const cycles = new Set<string>();
  const done = new Set<string>();
  const trail: string[] = [];

  const walk = (path: string): void => {
    const at = trail.indexOf(path);
    if (at !== -1) cycles.add(describe(trail.slice(at)));
    if (at !== -1 || done.has(path)) return;
    trail.push(path);
    const file = tree.get(path);
    for (const imported of file?.imports ?? []) {
      const target = file && targetOf(file, imported);
      if (target !== undefined) walk(target);
    }
    trail.pop();
    done.add(path);
  };

  for (const path of tree.keys()) walk(path);
  return [...cycles];
}

/** Starts at the alphabetically first file, so that a cycle reads the same wherever the walk entered it. */
function describe(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0] ?? "");
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(" → ");
}

/**
 * What loading `entry` pulls in that does not exist outside Node: `node:` modules and npm packages. `#` specifiers are
 * where the runtime chooses, and a file named for Node may be loaded by `import()` behind a check of the runtime;
 * neither is followed. Type imports are followed: the declarations must be neutral too.
 */
export function nodeReachableFrom(tree: SourceTree, entry: string): string[] {
  const found: string[] = [];
  const cameFrom = new Map<string, string | undefined>([[entry, undefined]]);
  // A Map's iterator also visits what is added during the walk: this loop is a breadth-first search.
  for (const path of cameFrom.keys()) {
    const file = tree.get(path);
    if (file === undefined) continue;
    for (const imported of file.imports.filter(isForeign)) {
      found.push(`${wayTo(path, cameFrom)} → ${imported.specifier}`);
    }
    for (const target of followed(file)) {
      if (!cameFrom.has(target)) cameFrom.set(target, path);
    }
  }
  return found;
}

/** Files that are loaded together with `entry`: neither what only types need nor what an `import()` loads later. */
export function loadedWith(tree: SourceTree, entry: string): readonly string[] {
  const found = new Set([entry]);
  for (const path of found) {
    const file = tree.get(path);
    for (const imported of file?.imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic) ?? []) {
      const target = file && targetOf(file, imported);
      if (target !== undefined) found.add(target);
    }
  }
  return [...found];
}

function isForeign(imported: Import): boolean {
  return imported.specifier.startsWith("node:") || packageOf(imported) !== undefined;
}

function followed(file: SourceFile): string[] {
  return file.imports.flatMap((imported) => {
    const target = targetOf(file, imported);
    if (target === undefined || (imported.dynamic && isNamedForNode(target))) return [];
    return [target];
  });
}

function wayTo(path: string, cameFrom: ReadonlyMap<string, string | undefined>): string {
  const before = cameFrom.get(path);
  return before === undefined ? path : `${wayTo(before, cameFrom)} → ${path}`;
}
