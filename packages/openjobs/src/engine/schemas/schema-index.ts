/** Which schemas a job has to fit, found without a look at any other. */
import type { NewJob } from "../../core/job-request.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { compareVersions, isVersionOf, type Schema } from "../../core/schema.ts";

/** The parts of a job that a schema is found by. */
export type Described = Pick<NewJob, "type" | "attributes">;

/** Schemas by what jobs say about themselves. */
export class SchemaIndex {
  readonly #byUri = new Map<string, Schema>();
  /** Those that were registered by type and version, by type, the latest first. */
  readonly #byType = new Map<string, readonly Schema[]>();

  get size(): number {
    return this.#byUri.size;
  }

  /** What is kept now under a URI. */
  get(uri: string): Schema | undefined {
    return this.#byUri.get(uri);
  }

  add(schema: Schema): void {
    this.remove(schema.uri);
    this.#byUri.set(schema.uri, schema);
    if (!isVersionOf(schema, schema.type)) return;
    const versions = [...(this.#byType.get(schema.type) ?? []), schema];
    this.#byType.set(
      schema.type,
      versions.sort((a, b) => compareVersions(b.version, a.version)),
    );
  }

  remove(uri: string): void {
    const schema = this.#byUri.get(uri);
    if (schema === undefined) return;
    this.#byUri.delete(uri);
    const left = (this.#byType.get(schema.type) ?? []).filter((other) => other !== schema);
    if (left.length === 0) this.#byType.delete(schema.type);
    else this.#byType.set(schema.type, left);
  }

  /**
   * The schemas of a job: the one that it names, if that is registered, and the one of its type and version. A job without a
   * version is for the latest.
   */
  of({ type, attributes }: Described): readonly Schema[] {
    const versions = this.#byType.get(type) ?? [];
    if (versions.length === 0 && !attributes.includes('"schema":')) return [];
    const { schema: uri, version } = attributesIn(attributes);
    const named = typeof uri === "string" ? this.#byUri.get(uri) : undefined;
    const own = version === undefined ? versions[0] : versions.find((one) => isSameVersion(one.version, version));
    return [...new Set([named, own])].filter((schema) => schema !== undefined);
  }
}

function attributesIn(text: string): JsonObject {
  const attributes: unknown = JSON.parse(text);
  return isJsonObject(attributes) ? attributes : {};
}

/** `2`, `2.0` and `2.0.0` are one version: those who use integers and those who use SemVer mean the same by them. */
function isSameVersion(registered: string | number, asked: unknown): boolean {
  const isVersion = typeof asked === "number" || typeof asked === "string";
  return isVersion && withoutZeros(registered) === withoutZeros(asked);
}

function withoutZeros(version: string | number): string {
  return String(version).replace(/^(\d+)\.0(?:\.0)?$/, "$1");
}
