// `npm run build`: compiles the package into packages/openjobs/dist.
import { chmodSync, existsSync, rmSync } from "node:fs";
import { bin, must, root } from "./run.mjs";

const dist = `${root}packages/openjobs/dist`;

// A file that was renamed must not live on in the published package.
rmSync(dist, { recursive: true, force: true });
must(bin("tsc"), ["-p", "packages/openjobs/tsconfig.build.json"]);

const command = `${dist}/cli/main.js`;
if (existsSync(command)) chmodSync(command, 0o755);
