/** What package.json says about the package, in terms of source files. */
import { readFileSync } from "node:fs";
import type { PackageFacts } from "./layers.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readPackageFacts(path: string): PackageFacts {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const files = Object.values(manifest.exports).map((entry) => (typeof entry === "string" ? entry : entry.default));
  return {
    entries: files
      .filter((file) => file.startsWith("./dist/"))
      .map((file) => file.slice("./dist/".length).replace(/\.js$/, ".ts")),
    dependencies: Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    }),
  };
}
