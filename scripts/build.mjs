// `npm run build`: compiles the package into packages/openjobs/dist.
//
//   --lenient   look for no type errors, which is half of the work; tests use it, `npm run typecheck` is what reports them
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { pruneDeclarations } from "./prune-declarations.mjs";
import { bin, root, run } from "./run.mjs";

const dist = `${root}packages/openjobs/dist`;
// Compiled beside its place and moved there whole: a file that was renamed does not live on, a failed build leaves the
// last good one, and programs that run from dist meanwhile hardly notice.
const fresh = `${dist}-${process.pid}`;
const old = `${fresh}-old`;
const lenient = process.argv.includes("--lenient");

const status = compile(lenient ? ["--noCheck", "--noEmitOnError", "false"] : []);
// What is published has its comments in the declarations, where editors look for them, and not once more in the code: they
// were a sixth of the package. In a pass of its own, because the compiler's option is for both.
if (status === 0 && !lenient)
  compile(["--removeComments", "--declaration", "false", "--isolatedDeclarations", "false"]);

if (status === 0 || (lenient && existsSync(fresh))) {
  pruneDeclarations(fresh, JSON.parse(readFileSync(`${root}packages/openjobs/package.json`, "utf8")));
  if (existsSync(`${fresh}/cli/main.js`)) chmodSync(`${fresh}/cli/main.js`, 0o755);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
}
rmSync(fresh, { recursive: true, force: true });
rmSync(old, { recursive: true, force: true });
process.exit(status);

function compile(options) {
  return run(bin("tsc"), ["-p", "packages/openjobs/tsconfig.build.json", "--outDir", fresh, ...options], {
    stdio: lenient ? "ignore" : "inherit",
  });
}
