/**
 * The import rules of the package (docs: CONTRIBUTING.md, "Where code goes"). A layer is a folder of src; what it may
 * import is written here once and checked for every import, type imports included.
 */
import type { Import, SourceFile } from "./source-file.ts";
import { isNamedForNode, packageOf, type SourceTree, targetOf } from "./source-tree.ts";

interface Layer {
  readonly name: string;
  readonly contains: RegExp;
  /** Files of other layers that may be imported; a layer may always import itself. */
  readonly imports: readonly RegExp[];
  /** The same, for imports that the compiler erases. */
  readonly importsTypes?: readonly RegExp[];
  /** `files`: only files named for Node may import `node:`. */
  readonly node: "yes" | "no" | "files";
  readonly packages?: readonly string[];
}

const core = /^core\//;
const client = /^client\//;
const middleware = /^middleware\//;
const worker = /^worker\//;
const port = /^storage\/[^/]+$/;
const engine = /^engine\//;

const layers: readonly Layer[] = [
  { name: "core", contains: core, imports: [], node: "no" },
  { name: "client", contains: client, imports: [core, middleware], node: "files" },
  { name: "middleware", contains: middleware, imports: [core], importsTypes: [/^client\/logger\.ts$/], node: "no" },
  {
    name: "otel",
    contains: /^otel\//,
    imports: [core, middleware],
    node: "no",
    packages: ["@opentelemetry/api"],
  },
  { name: "worker", contains: worker, imports: [core, client, middleware], node: "files" },
  { name: "the SDK entry", contains: /^index\.ts$/, imports: [core, client, worker, middleware], node: "no" },
  { name: "the operator's entry", contains: /^admin\//, imports: [core, client], node: "no" },
  { name: "push", contains: /^push\//, imports: [core, client, worker, middleware], node: "no" },
  { name: "schemas", contains: /^schemas\//, imports: [core, client], node: "no" },
  { name: "the SDK's entry for Node", contains: /^node\//, imports: [core, client, middleware, worker], node: "yes" },
  { name: "encryption", contains: /^encryption\//, imports: [core, middleware], node: "no" },
  { name: "the storage port", contains: port, imports: [core], node: "no" },
  driver("memory"),
  driver("sqlite", "libsql", "better-sqlite3"),
  driver("postgres", "pg"),
  {
    name: "engine",
    contains: engine,
    imports: [core],
    importsTypes: [port],
    node: "yes",
    packages: ["croner", "ajv"],
  },
  {
    name: "server",
    contains: /^server\//,
    imports: [core, engine],
    importsTypes: [/^client\/transport\.ts$/, port],
    node: "yes",
    packages: ["find-my-way", "pino", "ws"],
  },
  { name: "transactional", contains: /^transactional\//, imports: [core, engine], importsTypes: [port], node: "yes" },
  {
    name: "testing",
    contains: /^testing\//,
    imports: [
      core,
      middleware,
      client,
      worker,
      /^server\/server\.ts$/,
      /^storage\/memory\//,
      /^engine\/cron\/cron-record\.ts$/,
    ],
    node: "yes",
  },
];

/** One driver: core, the port and its own library. Never the engine, the server or another driver. */
function driver(name: string, ...packages: string[]): Layer {
  return {
    name: `storage/${name}`,
    contains: new RegExp(`^storage/${name}/`),
    imports: [core, port],
    node: "yes",
    packages,
  };
}

export interface PackageFacts {
  /** Source files that package.json exports: what "public" means. */
  readonly entries: readonly string[];
  /** Names in dependencies, optionalDependencies and peerDependencies. */
  readonly dependencies: readonly string[];
}

export function layerViolations(tree: SourceTree, facts: PackageFacts): string[] {
  const table = [...layers, commandLine(facts)];
  return [...tree.values()].flatMap((file) => {
    const layer = table.find(({ contains }) => contains.test(file.path));
    if (layer === undefined) return [`${file.path}: no layer has this path; add one to test/architecture/layers.ts`];
    return file.imports.flatMap((imported) => {
      const problem = problemOf(file, imported, layer, facts);
      return problem === undefined ? [] : [`${file.path}:${imported.line}: ${layer.name} ${problem}`];
    });
  });
}

/** The command line is a user of the package like any other: it sees public entries only. */
function commandLine({ entries, dependencies }: PackageFacts): Layer {
  const imports = entries.map((path) => new RegExp(`^${path.replaceAll(".", "\\.")}$`));
  return { name: "cli", contains: /^cli\//, imports, node: "yes", packages: dependencies };
}

function problemOf(file: SourceFile, imported: Import, layer: Layer, facts: PackageFacts): string | undefined {
  const { specifier } = imported;
  const target = targetOf(file, imported);
  if (target !== undefined) return relativeProblem(target, imported, layer);
  if (specifier.startsWith("node:")) {
    const allowed = layer.node === "yes" || (layer.node === "files" && isNamedForNode(file.path));
    return allowed ? undefined : `may not import ${specifier} here`;
  }
  if (specifier.startsWith("#")) return client.test(file.path) ? undefined : `may not import ${specifier}`;
  return packageProblem(packageOf(imported) ?? specifier, layer, facts);
}

function relativeProblem(target: string, { typeOnly }: Import, layer: Layer): string | undefined {
  if (layer.contains.test(target) || layer.imports.some((allowed) => allowed.test(target))) return undefined;
  const asType = layer.importsTypes?.some((allowed) => allowed.test(target)) ?? false;
  if (asType && typeOnly) return undefined;
  return asType ? `may import only types from ${target}` : `may not import ${target}`;
}

function packageProblem(name: string, layer: Layer, { dependencies }: PackageFacts): string | undefined {
  if (!layer.packages?.includes(name)) return `may not import the package ${name}`;
  return dependencies.includes(name) ? undefined : `imports ${name}, which package.json does not declare`;
}
