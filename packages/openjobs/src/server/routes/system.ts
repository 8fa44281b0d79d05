/** The manifest and the probes (ojs-http-binding §8, §21; ojs-observability). */
import type { JsonText } from "../../core/job.ts";
import { stringifyJson } from "../../core/json.ts";
import type { RetentionTimes } from "../../core/retention.ts";
import type { Engine } from "../../engine/facade.ts";
import type { StorageTraits } from "../../storage/storage.ts";
import type { Drain } from "../drain.ts";
import { createManifest } from "../manifest.ts";
import { OJS_VERSION } from "../negotiation.ts";
import type { Description } from "../openapi/description.ts";
import { type Answer, ok, type Route } from "../route.ts";

const MANIFEST: Description = { tag: "Server", summary: "What this server can do", answers: { 200: "Manifest" } };
const HEALTH: Description = {
  tag: "Server",
  summary: "Whether the server and its storage are well",
  answers: { 200: "Health", 503: "Health" },
};
const READINESS: Description = {
  tag: "Server",
  summary: "Whether the server takes requests",
  answers: { 200: "Readiness", 503: "Readiness" },
};

/** `/ojs/manifest`, `/ojs/v1/health`, `/health` and `/ready`. */
export function systemRoutes(
  engine: Engine,
  traits: StorageTraits,
  retention: RetentionTimes,
  drain: Drain,
): readonly Route[] {
  const manifest = stringifyJson(createManifest(traits, retention));
  return [
    { method: "GET", path: "/ojs/manifest", describe: MANIFEST, run: () => ok(manifest) },
    { method: "GET", path: "/ojs/v1/health", open: true, describe: HEALTH, run: () => health(engine, traits) },
    { method: "GET", path: "/health", open: true, describe: HEALTH, run: () => health(engine, traits) },
    { method: "GET", path: "/ready", open: true, describe: READINESS, run: () => ready(engine, drain) },
  ];
}

async function health(engine: Engine, traits: StorageTraits): Promise<Answer> {
  const { ok: healthy, latencyMs, uptimeMs } = await engine.health();
  const status = healthy ? "ok" : "degraded";
  // The reason is in the log: an error text of a driver may name hosts and files.
  const backend = { type: traits.name, status, latency_ms: Math.round(latencyMs) };
  const uptime = Math.floor(uptimeMs / 1_000);
  return probe(healthy, stringifyJson({ status, version: OJS_VERSION, uptime_seconds: uptime, backend }));
}

/** Not ready while shutting down: a load balancer should look elsewhere before connections are refused. */
async function ready(engine: Engine, drain: Drain): Promise<Answer> {
  if (drain.draining) return probe(false, '{"status":"draining"}');
  const { ok: healthy } = await engine.health();
  return probe(healthy, healthy ? '{"status":"ready"}' : '{"status":"unavailable"}');
}

function probe(healthy: boolean, body: JsonText): Answer {
  return healthy ? ok(body) : { status: 503, body, headers: { "retry-after": "1" } };
}
