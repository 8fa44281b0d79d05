// `npm run typecheck`: every TypeScript project, without writing a file. All of them run even if the
// first one fails, so that one round shows every error.
import { bin, run } from "./run.mjs";

const projects = [
  ["whole tree", "tsconfig.json"],
  ["published sources", "packages/openjobs/tsconfig.build.json"],
  ["neutral sources (no Node)", "packages/openjobs/tsconfig.neutral.json"],
];

let failed = 0;
for (const [title, project] of projects) {
  const status = run(bin("tsc"), ["-p", project, "--noEmit"]);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${title} (${project})`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
