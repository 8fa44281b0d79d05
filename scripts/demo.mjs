// `npm run demo -- [FOLDER]`: builds the package, compiles demo/ against the built package exactly as an
// application would see it, and starts it.
import { bin, must, root, run } from "./run.mjs";

must(process.execPath, ["scripts/build.mjs"]);
must(bin("tsc"), ["-p", "demo/tsconfig.json"]);
process.exit(run(process.execPath, [`${root}demo/dist/main.js`, ...process.argv.slice(2)]));
