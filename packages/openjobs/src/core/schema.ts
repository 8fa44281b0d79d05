/** Schemas of arguments, as the registry keeps them (ojs-schema-registry). */
import type { JsonObject } from "./json-object.ts";

/** What somebody wants to register. */
export interface SchemaRegistration {
  /** Names the schema in the registry; made of type and version where it was registered by these. */
  readonly uri: string;
  /** The job type, or whatever else an SDK calls a type here. */
  readonly type: string;
  /** As it was registered: an integer, or a text such as `1.2.0`. */
  readonly version: string | number;
  /** A JSON Schema document, draft 2020-12. */
  readonly schema: JsonObject;
}

/** A schema that is registered. */
export interface Schema extends SchemaRegistration {
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** What type and version are called where a URI is asked for. */
export function schemaUri(type: string, version: string | number): string {
  return `urn:ojs:schema:${encodeURIComponent(type)}:${encodeURIComponent(version)}`;
}

/** Whether it was registered by type and version, and not under a URI of its own. */
export function isVersionOf(schema: Schema, type: string): boolean {
  return schema.type === type && schema.uri === schemaUri(type, schema.version);
}

/** Negative when `a` comes before `b`: numbers by value, and `2.0.0-rc.1` before `2.0.0` (§6.3). */
export function compareVersions(a: string | number, b: string | number): number {
  const [coreA, previewA] = partsOf(a);
  const [coreB, previewB] = partsOf(b);
  const byCore = compareParts(coreA, coreB);
  if (byCore !== 0 || previewA === previewB) return byCore;
  if (previewA === undefined) return 1;
  return previewB === undefined ? -1 : compareParts(previewA, previewB);
}

/** Without what stands behind a plus sign, which counts for nothing. */
function partsOf(version: string | number): readonly [core: string, preview: string | undefined] {
  const text = String(version).split("+", 1)[0] ?? "";
  const dash = text.indexOf("-");
  return dash === -1 ? [text, undefined] : [text.slice(0, dash), text.slice(dash + 1)];
}

function compareParts(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = comparePart(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers come before texts. */
function comparePart(a: string, b: string): number {
  const numbers = [a, b].map((part) => /^\d+$/.test(part));
  if (numbers[0] && numbers[1]) return Number(a) - Number(b);
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
