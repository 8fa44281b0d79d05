/** A run measures one build, even when the package is compiled again meanwhile. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** Copies the build to a place beside it, where it finds the same libraries. */
export function takeSnapshot(dist) {
  if (!existsSync(join(dist, "index.js"))) throw new Error(`${dist} holds no build; run \`npm run build\`.`);
  const folder = join(dirname(dist), `dist-bench-${process.pid}`);
  cpSync(dist, folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
