// Runs before npm packs the package: the README and the licence live at the root, the tarball needs its own copies.
import { copyFileSync } from "node:fs";
import { root } from "./run.mjs";

for (const file of ["README.md", "LICENSE"]) copyFileSync(`${root}${file}`, `${root}packages/openjobs/${file}`);
