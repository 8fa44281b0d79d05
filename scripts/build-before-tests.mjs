// vitest's global setup. Unit tests run from the sources; those that start `ojs` or the demo as a process of their own
// run what this has just compiled, so that no test ever passes against yesterday's build. It costs about a second.
import { existsSync } from "node:fs";
import { bin, root, run } from "./run.mjs";

export default function setup(project) {
  build();
  project.onTestsRerun(build);
}

function build() {
  const status = run(process.execPath, ["scripts/build.mjs", "--lenient"]);
  const demo = existsSync(`${root}demo/main.ts`)
    ? run(bin("tsc"), ["-p", "demo/tsconfig.json"], { stdio: "ignore" })
    : 0;
  // Not a failure of the tests: whoever works on one part must be able to test it while another part does not compile.
  if (status !== 0 || demo !== 0)
    console.warn("The build has errors (npm run typecheck shows them); testing what it emitted.");
}
