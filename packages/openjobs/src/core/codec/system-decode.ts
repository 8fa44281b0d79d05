/** Health and manifest (ojs-http-binding §8, §21), as a client sees them. */
import { numberAt, objectAt, present, readObject, textAt } from "./wire-object.ts";

/** How a server feels. */
export interface Health {
  /** Whether it can do its work. */
  readonly healthy: boolean;
  /** The server's own word: `ok`, `degraded`, … */
  readonly status: string;
  /** Version of the specification. */
  readonly version?: string;
  readonly uptimeSeconds?: number;
  /** The storage behind it. */
  readonly backend?: { readonly type?: string; readonly status?: string; readonly latencyMs?: number };
}

/** What a server says about itself. */
export interface Manifest {
  /** Version of the specification. */
  readonly specVersion: string;
  readonly implementation: { readonly name: string; readonly version?: string; readonly language?: string };
  /** 0 to 4. */
  readonly conformanceLevel: number;
  readonly protocols: readonly string[];
  /** Name of the storage. */
  readonly backend?: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
  /** URIs of the extensions that are complete. */
  readonly extensions: readonly string[];
  /** The whole document, as it came. */
  readonly document: Readonly<Record<string, unknown>>;
}

const HEALTHY = new Set(["ok", "healthy"]);

/** Reads a health report. Throws a plain Error when it is none. */
export function decodeHealth(answer: unknown): Health {
  const report = readObject(answer, "the answer");
  const status = textAt(report, "status");
  if (status === undefined) throw new Error("the health report has no status");
  const backend = objectAt(report, "backend");
  return present<Health>({
    healthy: HEALTHY.has(status),
    status,
    version: textAt(report, "version"),
    uptimeSeconds: numberAt(report, "uptime_seconds"),
    backend: present<NonNullable<Health["backend"]>>({
      type: textAt(backend, "type"),
      status: textAt(backend, "status"),
      latencyMs: numberAt(backend, "latency_ms"),
    }),
  });
}

/** Reads a manifest. Throws a plain Error when it is none. */
export function decodeManifest(answer: unknown): Manifest {
  const document = readObject(answer, "the manifest");
  const specVersion = textAt(document, "specversion") ?? textAt(document, "ojs_version");
  if (specVersion === undefined) throw new Error("the manifest names no version");
  const implementation = objectAt(document, "implementation");
  return present<Manifest>({
    specVersion,
    implementation: present<Manifest["implementation"]>({
      name: textAt(implementation, "name") ?? "",
      version: textAt(implementation, "version"),
      language: textAt(implementation, "language"),
    }),
    conformanceLevel: numberAt(document, "conformance_level") ?? 0,
    protocols: textsOf(document.protocols),
    backend: textAt(document, "backend"),
    capabilities: Object.fromEntries(
      Object.entries(objectAt(document, "capabilities")).filter(
        (entry): entry is [string, boolean] => typeof entry[1] === "boolean",
      ),
    ),
    extensions: textsOf(document.extensions),
    document,
  });
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
