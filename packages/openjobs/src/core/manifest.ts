/** What a server says about itself at `/ojs/manifest` (ojs-http-binding §21), as a client sees it. */
import { integer, list, present, strings, text } from "./codec/wire-values.ts";
import { ojsError } from "./errors.ts";
import { isMembers, type Members } from "./request-fields.ts";

/** Members that not every server has. */
export interface ManifestFacts {
  /** The storage: `memory`, `sqlite` … */
  readonly backend?: string;
  /** Highest conformance level that the server claims, 0 to 4. */
  readonly conformanceLevel?: number;
  /** Paths by name. */
  readonly endpoints?: Readonly<Record<string, unknown>>;
  /** Our servers: durability, delivery and ordering in words. */
  readonly guarantees?: Readonly<Record<string, unknown>>;
  /** Our servers: sizes and counts under their wire names. */
  readonly limits?: Readonly<Record<string, unknown>>;
}

/** A conformance manifest. */
export interface Manifest extends ManifestFacts {
  /** Version of the specification: `1.0`. */
  readonly specVersion: string;
  readonly implementation: { readonly name: string; readonly version?: string; readonly language?: string };
  readonly protocols: readonly string[];
  /** Features by wire name. */
  readonly capabilities: Readonly<Record<string, boolean>>;
  /** URIs of the extensions that the server implements. */
  readonly extensions: readonly string[];
}

/**
 * Reads a manifest.
 *
 * @throws OjsError `invalid_response` when it does not name a version of the specification.
 */
export function decodeManifest(wire: unknown): Manifest {
  const manifest: Members = isMembers(wire) ? wire : {};
  const specVersion = text(manifest.specversion) ?? text(manifest.ojs_version);
  if (specVersion === undefined) throw ojsError("invalid_response", "The server's answer is not an OJS manifest.");
  return {
    specVersion,
    implementation: decodeImplementation(manifest.implementation),
    protocols: strings(manifest.protocols) ?? [],
    capabilities: decodeCapabilities(manifest.capabilities),
    extensions: decodeExtensions(manifest.extensions),
    ...present<ManifestFacts>({
      backend: text(manifest.backend),
      conformanceLevel: integer(manifest.conformance_level),
      endpoints: members(manifest.endpoints),
      guarantees: members(manifest.guarantees),
      limits: members(manifest.limits),
    }),
  };
}

function decodeImplementation(wire: unknown): Manifest["implementation"] {
  const implementation: Members = isMembers(wire) ? wire : {};
  const optional = { version: text(implementation.version), language: text(implementation.language) };
  return {
    name: text(implementation.name) ?? "unknown",
    ...present<Omit<Manifest["implementation"], "name">>(optional),
  };
}

function decodeCapabilities(wire: unknown): Manifest["capabilities"] {
  const entries = Object.entries(members(wire) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean"));
}

/** A list of URIs, or objects with a `uri` in one list or several (ojs-extension-lifecycle §4.2). */
function decodeExtensions(wire: unknown): readonly string[] {
  const groups = isMembers(wire) ? Object.values(wire).flatMap((group) => list(group) ?? []) : (list(wire) ?? []);
  return groups.flatMap((item) => text(isMembers(item) ? item.uri : item) ?? []);
}

function members(value: unknown): Members | undefined {
  return isMembers(value) ? value : undefined;
}
