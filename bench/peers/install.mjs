/** The peers' packages are not part of the repository's own installation: nobody else needs them. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

export function installPeers() {
  if (existsSync(`${FOLDER}node_modules/pg-boss`)) return;
  console.error("Installing the peers' packages into bench/peers …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0)
    throw new Error("The peers' packages could not be installed; without --peers the bench needs none.");
}
