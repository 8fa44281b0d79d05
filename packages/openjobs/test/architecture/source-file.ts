/**
 * What the architecture rules need to know of one source file: what it imports, how long its functions are and where
 * it says `any`. Parsed with oxc because TypeScript 7 has no JavaScript API and a regular expression finds imports in
 * comments and template strings too.
 */
import { parseSync, Visitor } from "oxc-parser";

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Erased by the compiler: `import type`, `export type … from`, `import("…")` in a type. */
  readonly typeOnly: boolean;
  /** `await import("…")`: loaded only when the line is reached. */
  readonly dynamic: boolean;
}

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface SourceFile {
  /** Relative to src, with forward slashes: `engine/fetch.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSpan[];
  /** Lines with an `any` annotation. */
  readonly anys: readonly number[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  const problem = errors[0];
  if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);

  const lineAt = lineFinder(text);
  const imports: Import[] = [];
  const functions: FunctionSpan[] = [];
  const anys: number[] = [];
  const nameOf = functionNames(text);

  const addImport = (source: Span & { value: unknown }, typeOnly: boolean, dynamic = false): void => {
    if (typeof source.value !== "string") return;
    imports.push({ specifier: source.value, line: lineAt(source.start), typeOnly, dynamic });
  };
  const addFunction = (node: Span): void => {
    const line = lineAt(node.start);
    functions.push({
      name: nameOf.get(node.start) ?? "anonymous function",
      line,
      lines: lineAt(node.end) - line + 1,
    });
  };

  new Visitor({
    ImportDeclaration: (node) => addImport(node.source, node.importKind === "type"),
    ExportAllDeclaration: (node) => addImport(node.source, node.exportKind === "type"),
    ExportNamedDeclaration: (node) => {
      if (node.source) addImport(node.source, node.exportKind === "type");
    },
    TSImportType: (node) => addImport(node.source, true),
    ImportExpression: (node) => {
      if (node.source.type === "Literal") addImport(node.source, false, true);
    },
    CallExpression: (node) => {
      const argument = node.arguments[0];
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      if (isRequire && argument?.type === "Literal") addImport(argument, false, true);
    },
    VariableDeclarator: (node) => nameOf.note(node.init, node.id),
    PropertyDefinition: (node) => nameOf.note(node.value, node.key),
    Property: (node) => nameOf.note(node.value, node.key),
    MethodDefinition: (node) => nameOf.note(node.value, node.key),
    FunctionDeclaration: (node) => {
      nameOf.note(node, node.id);
      addFunction(node);
    },
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    TSAnyKeyword: (node) => {
      anys.push(lineAt(node.start));
    },
  }).visit(program);

  return { path, lines: lineAt(text.trimEnd().length), imports, functions, anys };
}

/** Functions carry no name of their own when a variable, property or method gives them one. */
function functionNames(text: string): {
  note(value: Span | null | undefined, name: Span | null | undefined): void;
  get(start: number): string | undefined;
} {
  const names = new Map<number, string>();
  return {
    note(value, name) {
      if (value && name) names.set(value.start, text.slice(name.start, name.end).split(/[:\s]/, 1)[0] ?? "");
    },
    get: (start) => names.get(start),
  };
}

/** From an offset to its line, counted from 1. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
