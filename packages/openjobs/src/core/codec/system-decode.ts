/** Health and manifest (ojs-http-binding §8, §21), as a client sees them. */
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readObject } from "./answer-shape.ts";
import { integer, present, strings, text } from "./wire-values.ts";

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
  const status = text(report.status);
  if (status === undefined) throw new Error("the health report has no status");
  return present<Health>({
    healthy: HEALTHY.has(status),
    status,
    version: text(report.version),
    uptimeSeconds: integer(report.uptime_seconds),
    backend: isMembers(report.backend) ? decodeBackend(report.backend) : undefined,
  });
}

function decodeBackend(backend: Members): NonNullable<Health["backend"]> {
  return present<NonNullable<Health["backend"]>>({
    type: text(backend.type),
    status: text(backend.status),
    latencyMs: integer(backend.latency_ms),
  });
}

/** Reads a manifest. Throws a plain Error when it is none. */
export function decodeManifest(answer: unknown): Manifest {
  const document = readObject(answer, "the manifest");
  const specVersion = text(document.specversion) ?? text(document.ojs_version);
  if (specVersion === undefined) throw new Error("the manifest names no version");
  const implementation = objectAt(document, "implementation");
  return present<Manifest>({
    specVersion,
    implementation: present<Manifest["implementation"]>({
      name: text(implementation.name) ?? "",
      version: text(implementation.version),
      language: text(implementation.language),
    }),
    conformanceLevel: integer(document.conformance_level) ?? 0,
    protocols: strings(document.protocols) ?? [],
    backend: text(document.backend),
    capabilities: Object.fromEntries(
      Object.entries(objectAt(document, "capabilities")).filter(
        (entry): entry is [string, boolean] => typeof entry[1] === "boolean",
      ),
    ),
    extensions: strings(document.extensions) ?? [],
    document,
  });
}
