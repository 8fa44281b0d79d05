/**
 * The architecture as a test: who may import whom, no cycles, a portable SDK, small files. The rules are tested
 * themselves, on small planted trees, because a rule that finds nothing looks exactly like a clean tree.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { anys, misnamed, nearlyOversized, oversized } from "./architecture/house-rules.ts";
import { importCycles, loadedWith, nodeReachableFrom } from "./architecture/import-graph.ts";
import { layerViolations, type PackageFacts } from "./architecture/layers.ts";
import { readPackageFacts } from "./architecture/package-facts.ts";
import { readTree, treeOf } from "./architecture/source-tree.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe("the source tree", () => {
  const tree = readTree(here("../src"));
  const facts = readPackageFacts(here("../package.json"));

  it("imports only along the layers", () => expect(layerViolations(tree, facts)).toEqual([]));
  it("has no import cycles", () => expect(importCycles(tree)).toEqual([]));
  it.each(["index.ts", "push/index.ts", "client/fetch-transport.ts"])("keeps Node out of what %s loads", (entry) => {
    expect(nodeReachableFrom(tree, entry)).toEqual([]);
  });
  it("loads the schemas of the OpenAPI document when somebody asks for it", () => {
    expect(loadedWith(tree, "server/index.ts").filter((path) => path.includes("openapi/schemas"))).toEqual([]);
    expect(loadedWith(tree, "server/openapi/document.ts")).toContain("server/openapi/schemas/job.ts");
  });
  it("has small files and functions", () => {
    for (const file of nearlyOversized(tree)) console.info(`getting long: ${file}`);
    expect(oversized(tree)).toEqual([]);
  });
  it("names files after what they hold", () => expect(misnamed(tree)).toEqual([]));
  it("never says any", () => expect(anys(tree)).toEqual([]));
});

describe("layers", () => {
  const facts: PackageFacts = {
    entries: ["index.ts", "server/index.ts", "storage/memory/index.ts"],
    dependencies: ["libsql", "pino"],
  };
  const violations = (path: string, text: string): string[] => layerViolations(treeOf({ [path]: text }), facts);

  it.each([
    ["core/job.ts", `import { x } from "../engine/x.ts";`, "core may not import engine/x.ts"],
    ["core/job.ts", `import type { X } from "../client/x.ts";`, "core may not import client/x.ts"],
    ["core/id.ts", `import { randomBytes } from "node:crypto";`, "core may not import node:crypto here"],
    ["core/log.ts", `import pino from "pino";`, "core may not import the package pino"],
    ["client/admin.ts", `export * from "../worker/w.ts";`, "client may not import worker/w.ts"],
    ["client/http.ts", `import http from "node:http";`, "client may not import node:http here"],
    ["middleware/log.ts", `import { c } from "../client/c.ts";`, "middleware may not import client/c.ts"],
    ["worker/a.ts", `const e = await import("../engine/e.ts");`, "worker may not import engine/e.ts"],
    ["index.ts", `export { s } from "./server/index.ts";`, "the SDK entry may not import server/index.ts"],
    ["storage/storage.ts", `import { m } from "./memory/m.ts";`, "the storage port may not import storage/memory/m.ts"],
    ["storage/sqlite/a.ts", `import { m } from "../memory/m.ts";`, "storage/sqlite may not import storage/memory/m.ts"],
    ["storage/sqlite/a.ts", `import { e } from "../../engine/e.ts";`, "storage/sqlite may not import engine/e.ts"],
    ["storage/memory/a.ts", `import db from "libsql";`, "storage/memory may not import the package libsql"],
    ["storage/sqlite/a.ts", `require("better-sqlite3");`, "imports better-sqlite3, which package.json does not"],
    ["engine/a.ts", `import { s } from "../storage/storage.ts";`, "engine may import only types from storage/storage"],
    ["engine/a.ts", `import type { D } from "../storage/sqlite/d.ts";`, "engine may not import storage/sqlite/d.ts"],
    ["engine/a.ts", `let r: import("../server/r.ts").R;`, "engine may not import server/r.ts"],
    ["server/a.ts", `import { OjsClient } from "../client/client.ts";`, "server may not import client/client.ts"],
    ["server/a.ts", `import type { S } from "../storage/memory/s.ts";`, "server may not import storage/memory/s.ts"],
    ["testing/a.ts", `import { s } from "../storage/sqlite/s.ts";`, "testing may not import storage/sqlite/s.ts"],
    ["cli/main.ts", `import { r } from "../server/routes/r.ts";`, "cli may not import server/routes/r.ts"],
    ["stray/a.ts", "export {};", "no layer has this path"],
  ])("%s: %s", (path, text, expected) => {
    expect(violations(path, text)).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    ["client/node-transport.ts", `import http from "node:http";`],
    ["client/client.ts", `import { defaultTransport } from "#default-transport";`],
    ["worker/a.ts", `import { c } from "../client/c.ts"; import { j } from "../core/j.ts";`],
    ["storage/sqlite/a.ts", `import db from "libsql"; import type { S } from "../storage.ts"; import "node:fs";`],
    ["engine/a.ts", `import type { Storage } from "../storage/storage.ts"; import { j } from "../core/j.ts";`],
    ["server/a.ts", `import type { Transport } from "../client/transport.ts"; import pino from "pino";`],
    ["cli/main.ts", `import { c } from "../index.ts"; import { s } from "../server/index.ts"; import "./x.ts";`],
  ])("allows %s: %s", (path, text) => expect(violations(path, text)).toEqual([]));

  it("reads no imports out of comments and strings", () => {
    expect(violations("core/a.ts", `// import "node:fs"\nexport const a = 'import x from "pino"';`)).toEqual([]);
  });
});

describe("import graph", () => {
  it("finds a cycle once, type imports included", () => {
    const tree = treeOf({
      "z.ts": `import "./a.ts";`,
      "a.ts": `import { b } from "./deep/b.ts";`,
      "deep/b.ts": `import type { C } from "../c.ts";`,
      "c.ts": `export * from "./a.ts";`,
    });
    expect(importCycles(tree)).toEqual(["a.ts → deep/b.ts → c.ts → a.ts"]);
  });

  it("finds two cycles that share a file", () => {
    const tree = treeOf({
      "a.ts": `import "./b.ts"; import "./c.ts";`,
      "b.ts": `import "./a.ts";`,
      "c.ts": `import "./a.ts";`,
    });
    expect(importCycles(tree)).toEqual(["a.ts → b.ts → a.ts", "a.ts → c.ts → a.ts"]);
  });

  it("does not take a diamond for a cycle", () => {
    const tree = treeOf({
      "a.ts": `import "./b.ts"; import "./c.ts";`,
      "b.ts": `import "./d.ts";`,
      "c.ts": `import "./d.ts";`,
      "d.ts": "export {};",
    });
    expect(importCycles(tree)).toEqual([]);
  });

  it("shows the way from the SDK to Node", () => {
    const tree = treeOf({
      "index.ts": `export { c } from "./client/c.ts"; import "#default-transport";`,
      "client/c.ts": `import { t } from "./node-agent.ts"; import pino from "pino";`,
      "client/node-agent.ts": `import http from "node:http";`,
    });
    expect(nodeReachableFrom(tree, "index.ts")).toEqual([
      "index.ts → client/c.ts → pino",
      "index.ts → client/c.ts → client/node-agent.ts → node:http",
    ]);
  });

  it("tells what is loaded at once from what is loaded later", () => {
    const tree = treeOf({
      "a.ts": `import "./b.ts"; import type { C } from "./c.ts"; const d = await import("./d.ts");`,
      "b.ts": `export { e } from "./e.ts";`,
      "c.ts": "export {};",
      "d.ts": "export {};",
      "e.ts": "export {};",
    });
    expect(loadedWith(tree, "a.ts")).toEqual(["a.ts", "b.ts", "e.ts"]);
  });

  it("lets a file named for Node be loaded on demand", () => {
    const tree = treeOf({
      "index.ts": `if (onNode) await import("./worker/node-signals.ts"); await import("./b.ts");`,
      "worker/node-signals.ts": `import process from "node:process";`,
      "b.ts": `import "node:fs";`,
    });
    expect(nodeReachableFrom(tree, "index.ts")).toEqual(["index.ts → b.ts → node:fs"]);
  });
});

describe("house rules", () => {
  const body = (lines: number): string => Array.from({ length: lines }, (_, n) => `  use(${n});`).join("\n");

  it("finds long functions of every kind by name", () => {
    const tree = treeOf({
      "a.ts": `function plain() {\n${body(59)}\n}\nconst arrow = () => {\n${body(70)}\n};`,
      "b.ts": `class Store {\n  flush() {\n${body(59)}\n  }\n}\nexport const o = { run() {\n${body(58)}\n} };`,
    });
    expect(oversized(tree)).toEqual([
      "a.ts:1: plain has 61 lines",
      "a.ts:62: arrow has 72 lines",
      "b.ts:2: flush has 61 lines",
    ]);
  });

  it("finds long files, and reports those that are getting long", () => {
    const tree = treeOf({
      "long.ts": `${body(401)}\n`,
      "full.ts": `${body(400)}\n`,
      "fine.ts": `${body(300)}\n`,
    });
    expect(oversized(tree)).toEqual(["long.ts: 401 lines"]);
    expect(nearlyOversized(tree)).toEqual(["full.ts: 400 lines"]);
  });

  it("finds names that are not kebab-case or say nothing", () => {
    const names = ["core/utils.ts", "core/jobState.ts", "Core/job.ts", "core/types.ts", "core/job-state.ts"];
    expect(misnamed(treeOf(Object.fromEntries(names.map((name) => [name, "export {};"]))))).toEqual([
      "core/utils.ts: name it after what it holds",
      `core/jobState.ts: "jobState.ts" is not kebab-case`,
      `Core/job.ts: "Core" is not kebab-case`,
      "core/types.ts: name it after what it holds",
    ]);
  });

  it("finds any in annotations, not in words", () => {
    const tree = treeOf({ "a.ts": `// any\nconst any = "any";\nlet b: any[] = [];\nconst c = any as any;` });
    expect(anys(tree)).toEqual(["a.ts:3: any", "a.ts:4: any"]);
  });
});
