// Removes the declarations that nobody can get at: a user's compiler reads those of the package's entries and what they name,
// and those of everything else were a fifth of the package.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * @param {string} folder Where the package was compiled to.
 * @param {{exports: object, imports: object}} manifest Its package.json, whose paths start with `./dist/`.
 */
export function pruneDeclarations(folder, manifest) {
  const kept = reachable(entriesOf(manifest).map((path) => resolve(folder, path)));
  const all = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  for (const path of all) if (path.endsWith(".d.ts") && !kept.has(path)) rmSync(path);
}

function entriesOf({ exports, imports }) {
  return [...Object.values(exports), ...Object.values(imports)].flatMap(
    ({ types }) => types?.replace("./dist/", "") ?? [],
  );
}

function reachable(entries) {
  const found = new Set(entries);
  // A Set's iterator also visits what is added during the walk.
  for (const path of found) {
    for (const [, specifier] of readFileSync(path, "utf8").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)) {
      const target = resolve(dirname(path), specifier.replace(/\.[jt]s$/, ".d.ts"));
      if (existsSync(target)) found.add(target);
    }
  }
  return found;
}
