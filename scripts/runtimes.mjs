// `npm run runtimes [-- NAME…]`: the SDK on other runtimes than the one that develops it, against what `npm pack` would publish.
//
// The runtimes come from the npm registry at the versions of scripts/runtimes/package-lock.json, into node_modules/.runtimes,
// the first time this is run.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { rolldown } from "rolldown";
import { must, root } from "./run.mjs";

const sources = `${root}scripts/runtimes`;
const cache = `${root}node_modules/.runtimes`;
const LIMIT_MS = 60_000;

const installed = (path) => `${cache}/node_modules/${path}`;
const node = (binary) => ({ command: binary, args: [], storages: ["memory", "sqlite"], requires: true });
const runtimes = {
  "node-20": node(process.execPath),
  "node-22": node(installed("node22/bin/node")),
  "node-24": node(installed("node24/bin/node")),
  bun: {
    command: installed("@oven/bun-linux-x64/bin/bun"),
    args: ["run"],
    storages: ["memory"],
    runsTypeScript: true,
  },
  deno: {
    command: installed("@deno/linux-x64-glibc/deno"),
    args: ["run", "--allow-all", "--node-modules-dir=manual"],
    storages: ["memory"],
    runsTypeScript: true,
  },
};

must(process.execPath, ["scripts/build.mjs"]);
install();
// Outside of the repository, as a user's is: Bun would take the paths of our tsconfig.json.
const project = mkdtempSync(`${tmpdir()}/openjobs-runtimes-`);
begin();
const { url, stop } = await serve();
const wanted = process.argv.slice(2);
const failed = [];
try {
  for (const [name, runtime] of Object.entries(runtimes))
    if (isWanted(name)) await attempt(name, () => tryOn(name, runtime));
  if (isWanted("workerd")) await attempt("workerd", () => tryOnWorkerd());
} finally {
  stop();
  rmSync(project, { recursive: true, force: true });
}
console.log(failed.length === 0 ? "ok" : `failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);

function isWanted(name) {
  return wanted.length === 0 || wanted.includes(name);
}

async function attempt(name, work) {
  const started = performance.now();
  try {
    for (const line of await work()) console.log(`ok   ${name}: ${line}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL ${name}: ${error.message}`);
  }
  console.log(`     ${name} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Nothing when the cache has what the lock file says. */
function install() {
  const lock = readFileSync(`${sources}/package-lock.json`, "utf8");
  if (existsSync(`${cache}/package-lock.json`) && readFileSync(`${cache}/package-lock.json`, "utf8") === lock) return;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  cpSync(`${sources}/package.json`, `${cache}/package.json`);
  writeFileSync(`${cache}/package-lock.json`, lock);
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: cache });
}

/** A project that has installed the package as it would be published. */
function begin() {
  const packed = execFileSync("npm", ["pack", "--workspace", "openjobs", "--json", "--pack-destination", project], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ filename }] = Object.values(JSON.parse(packed));
  writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, type: "module" }));
  const { devDependencies } = JSON.parse(readFileSync(`${root}packages/openjobs/package.json`, "utf8"));
  // An entry of its own needs it, so whoever uses that entry has installed it.
  const peer = `@opentelemetry/api@${devDependencies["@opentelemetry/api"]}`;
  must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", `./${filename}`, peer], {
    cwd: project,
  });
  for (const file of ["suite", "over-http", "in-process", "push", "push-over-http", "worker-for-workerd"]) {
    cpSync(`${sources}/${file}.mjs`, `${project}/${file}.mjs`);
  }
  cpSync(`${root}examples/programs/runtimes.ts`, `${project}/runtimes.ts`);
}

async function serve() {
  const command = `${project}/node_modules/openjobs/dist/cli/main.js`;
  const child = spawn(
    process.execPath,
    [command, "serve", "--port", "0", "--storage", "memory:", "--webhook-targets", "any"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const line = await firstLine(child.stdout);
  return { url: line.replace("listening on ", ""), stop: () => child.kill("SIGTERM") };
}

async function tryOn(name, { command, args, storages, requires = false, runsTypeScript = false }) {
  const said = [await output(command, [...args, "over-http.mjs", name, url])];
  said.push(await output(command, [...args, "push-over-http.mjs", name, url]));
  // Node 20 takes no TypeScript; examples/programs.test.ts runs it there, compiled.
  if (runsTypeScript) said.push(await output(command, [...args, "runtimes.ts"], { OJS_URL: url }));
  for (const storage of storages) said.push(await output(command, [...args, "in-process.mjs", name, storage]));
  if (requires) said.push(await everyEntry(command));
  return said;
}

/** `require` of ES modules is in all of Node that we support. */
async function everyEntry(command) {
  const { exports, name } = JSON.parse(readFileSync(`${project}/node_modules/openjobs/package.json`, "utf8"));
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const lines = entries.map((entry) => `require(${JSON.stringify(entry.replace(/^\./, name))});`);
  await output(command, ["--input-type=commonjs", "--eval", lines.join("\n")]);
  return `${entries.length} entries can be required`;
}

async function tryOnWorkerd() {
  const bundle = await rolldown({
    input: `${project}/worker-for-workerd.mjs`,
    platform: "neutral",
    resolve: { conditionNames: ["workerd", "import", "default"] },
  });
  await bundle.write({ file: `${project}/worker.mjs`, format: "esm", codeSplitting: false });
  await bundle.close();
  const port = await freePort();
  writeFileSync(`${project}/workerd.capnp`, workerdConfig(port));
  const child = spawn(installed("@cloudflare/workerd-linux-64/bin/workerd"), ["serve", "workerd.capnp"], {
    cwd: project,
    stdio: ["ignore", "inherit", "inherit"],
  });
  try {
    const answer = await ask(`http://127.0.0.1:${port}/?url=${encodeURIComponent(url)}`);
    if (!answer.startsWith("ok ")) throw new Error(answer);
    return answer.slice("ok ".length).split("\n");
  } finally {
    child.kill("SIGKILL");
  }
}

function workerdConfig(port) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-01-01",
    )),
    (name = "internet", network = (allow = ["private", "local", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

async function ask(address) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) })).text();
    } catch (error) {
      if (tries === 100 || error.name === "TimeoutError") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function output(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: project, timeout: LIMIT_MS, env: { ...process.env, ...env } });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (status) => (status === 0 ? resolve(text.trim()) : reject(new Error(`exit ${status}\n${text}`))));
  });
}

function firstLine(stream) {
  return new Promise((resolve) => createInterface({ input: stream }).once("line", resolve));
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
