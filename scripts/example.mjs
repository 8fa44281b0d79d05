// `npm run example NAME`: builds the package, compiles examples/programs against it exactly as an application would be, and
// runs one of them. Without a name it lists them.
import { readdirSync } from "node:fs";
import { bin, must, root, run } from "./run.mjs";

const names = readdirSync(`${root}examples/programs`)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));
const [name] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.log(`npm run example NAME, where NAME is one of:\n  ${names.join("\n  ")}`);
  process.exit(name === undefined ? 0 : 1);
}
must(process.execPath, ["scripts/build.mjs"]);
must(bin("tsc"), ["-p", "examples/programs/tsconfig.json"]);
process.exit(run(process.execPath, [`${root}examples/programs/dist/${name}.js`]));
