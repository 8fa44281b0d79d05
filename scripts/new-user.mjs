// `npm run new-user`: what somebody does who has only the README. A project outside of the repository installs what `npm pack` gives,
// compiles the README's programs with `tsc --strict` (libraries checked too) and runs them: as ES modules, and as CommonJS.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { must, root } from "./run.mjs";

const LIMIT_MS = 30_000;
const SNIPPET = /(?:<!-- run:(?<run>[^>]*)-->\n)?```ts\n(?<code>[\s\S]*?)```/g;
const project = mkdtempSync(`${tmpdir()}/openjobs-new-user-`);
const failed = [];

must(process.execPath, ["scripts/build.mjs"]);
try {
  install();
  const server = await serve();
  const snippets = writeSnippets(server.url);
  await attempt("tsc --strict, nodenext", () => compile(["--module", "nodenext", "--outDir", "out"]));
  await attempt("tsc --strict, bundler", () =>
    compile(["--module", "esnext", "--moduleResolution", "bundler", "--noEmit"], "mts"),
  );
  for (const { name, prints } of snippets) await attempt(name, () => runs(`out/${name}`, prints));
  server.stop();
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(failed.length === 0 ? "ok" : `failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);

function install() {
  const args = ["pack", "--workspace", "openjobs", "--json", "--pack-destination", project];
  const [{ filename }] = Object.values(JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" })));
  const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const tools = ["typescript", "@types/node"].map((name) => `${name}@${devDependencies[name]}`);
  writeFileSync(`${project}/package.json`, JSON.stringify({ private: true }));
  must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", `./${filename}`, ...tools], {
    cwd: project,
  });
}

/** Each program of the README twice: `.mts` as it stands, `.cts` in a function, because CommonJS has no top-level `await`. */
function writeSnippets(url) {
  const readme = readFileSync(`${root}README.md`, "utf8");
  return [...readme.matchAll(SNIPPET)].flatMap(({ groups }, index) => {
    const code = groups.code.replaceAll("http://localhost:8080", url);
    const prints = /prints "([^"]*)"/.exec(groups.run ?? "")?.[1];
    const lines = code.split("\n");
    const imports = lines.filter((line) => line.startsWith("import "));
    const rest = lines.filter((line) => !line.startsWith("import "));
    writeFileSync(`${project}/readme-${index}.mts`, code);
    writeFileSync(
      `${project}/readme-${index}.cts`,
      `${imports.join("\n")}\nasync function main() {\n${rest.join("\n")}\n}\nvoid main();\n`,
    );
    return ["mjs", "cjs"].map((extension) => ({ name: `readme-${index}.${extension}`, prints }));
  });
}

function compile(options, extension = "?ts") {
  const files = ["mts", "cts"].filter((one) => extension === "?ts" || one === extension);
  const names = execFileSync("ls", [project], { encoding: "utf8" }).split("\n");
  const sources = names.filter((name) => files.some((one) => name.endsWith(`.${one}`)));
  const args = [
    "--strict",
    "--skipLibCheck",
    "false",
    "--target",
    "es2022",
    "--lib",
    "es2023,esnext.disposable",
    "--types",
    "node",
  ];
  mkdirSync(`${project}/out`, { recursive: true });
  try {
    execFileSync(`${project}/node_modules/.bin/tsc`, [...args, ...options, ...sources], {
      cwd: project,
      encoding: "utf8",
    });
  } catch (error) {
    throw new Error(error.stdout);
  }
}

/** Until it has printed what it should, or has ended. */
function runs(file, prints = "") {
  return new Promise((resolve, reject) => {
    const cwd = mkdtempSync(`${project}/run-`);
    const child = spawn(process.execPath, [`${project}/${file}`], { cwd, timeout: LIMIT_MS });
    let text = "";
    const collect = (chunk) => {
      text += chunk;
      if (prints !== "" && text.includes(prints)) child.kill("SIGTERM");
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", collect);
    child.on("close", (status) => {
      if (text.includes(prints) && (status === 0 || prints !== "")) resolve();
      else reject(new Error(`exit ${status}, expected "${prints}"\n${text}`));
    });
  });
}

/** The command as it was installed. */
async function serve() {
  const child = spawn(`${project}/node_modules/.bin/ojs`, ["serve", "--port", "0", "--storage", "sqlite:jobs.db"], {
    cwd: project,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const line = await new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return { url: line.replace("listening on ", ""), stop: () => child.kill("SIGTERM") };
}

async function attempt(name, work) {
  try {
    await work();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL ${name}: ${error.message}`);
  }
}
