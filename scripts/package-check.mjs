// `npm run package:check`: packs the package and looks at the tarball the way its users will.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { bin, must, root, run } from "./run.mjs";
import { sdkSizes } from "./sdk-size.mjs";

const BUDGET = 2.25 * 1024 * 1024;
// What is loaded with an import of the SDK, min+gzip, in bytes. They only ever get smaller: whoever needs more loads it when a
// method is first called, or gives it an entry of its own (docs/adr/038-runtimes-and-size.md, docs/adr/041-what-is-loaded-when.md).
const SDK_BUDGET = { client: 10_400, worker: 8_400, everything: 14_100 };
// Inside node_modules, so that the unpacked package finds its dependencies and no tool looks at it by accident.
const scratch = `${root}node_modules/.package-check`;
const installed = `${scratch}/node_modules/openjobs`;

rmSync(scratch, { recursive: true, force: true });
mkdirSync(installed, { recursive: true });
must(process.execPath, ["scripts/build.mjs"]);
const { tarball, unpackedSize } = pack();
execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);

const manifest = JSON.parse(readFileSync(`${installed}/package.json`, "utf8"));
const entries = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => entry.replace(/^\./, manifest.name));

const checks = {
  "size budget": () => withinBudget(unpackedSize),
  "SDK entry min+gzip": () => sdkWithinBudget(),
  publint: () => run(bin("publint"), ["run", tarball, "--strict"]) === 0,
  // Every Node that we support can require an ES module, which "every entry requires" proves.
  "types resolve (attw)": () => run(bin("attw"), [tarball, "--ignore-rules", "cjs-resolves-to-esm", "--quiet"]) === 0,
  "declarations that TypeScript 5.4 reads": () => declarationsAreOld(),
  "every entry imports": () =>
    evaluates(
      "module",
      entries.map((entry) => `await import("${entry}");`),
    ),
  "every entry requires": () =>
    evaluates(
      "commonjs",
      entries.map((entry) => `require("${entry}");`),
    ),
  "the command starts": () => run(process.execPath, [`${installed}/${manifest.bin.ojs}`, "--help"]) === 0,
};

const failed = [];
for (const [name, check] of Object.entries(checks)) {
  const passed = await check();
  console.log(`${passed ? "ok  " : "FAIL"} ${name}`);
  if (!passed) failed.push(name);
}
rmSync(scratch, { recursive: true, force: true });
process.exit(failed.length === 0 ? 0 : 1);

function pack() {
  const args = ["pack", "--workspace", "openjobs", "--json", "--pack-destination", scratch];
  const [packed] = Object.values(JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })));
  return { tarball: `${scratch}/${packed.filename}`, unpackedSize: packed.unpackedSize };
}

/** What is generic only since TypeScript 5.6 and 5.7. It compiles here, and not for whoever has an older one and checks libraries. */
function declarationsAreOld() {
  const NEW = String.raw`\bUint8Array<|\bDataView<|\b(Async)?(Iterable)?Iterator(Object)?<[^<>]*, `;
  const found = spawnSync("grep", ["-rnE", "--include=*.d.ts", NEW, `${installed}/dist`], { encoding: "utf8" });
  console.log(found.stdout);
  return found.status === 1;
}

function withinBudget(bytes) {
  console.log(`     ${(bytes / 1024).toFixed(0)} KiB unpacked, the budget is ${BUDGET / 1024} KiB`);
  return bytes <= BUDGET;
}

/** Fails too when the SDK needs a package or a module of Node. */
async function sdkWithinBudget() {
  const sizes = await sdkSizes(`${installed}/dist/index.js`);
  for (const { name, bytes, withLazy } of sizes) {
    console.log(
      `     ${name}: ${bytes} bytes of ${SDK_BUDGET[name]}; ${withLazy} with what is loaded when it is needed`,
    );
  }
  return sizes.every(({ name, bytes }) => bytes <= SDK_BUDGET[name]);
}

/** Runs statements in a program that sees only the unpacked tarball under the package's name. */
function evaluates(type, statements) {
  return run(process.execPath, [`--input-type=${type}`, "--eval", statements.join("\n")], { cwd: scratch }) === 0;
}
