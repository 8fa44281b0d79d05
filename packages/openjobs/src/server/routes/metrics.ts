/** `GET /metrics` (ojs-observability §8): not open like the probes, because it names queues and types of jobs. */
import type { Engine } from "../../engine/facade.ts";
import { metricsText } from "../metrics-text.ts";
import type { Description } from "../openapi/description.ts";
import { ok, type Route } from "../route.ts";

/** Exactly this, as an official case asks; Prometheus takes it for its text format. */
const HEADERS = { "content-type": "text/plain" };

const DESCRIPTION: Description = {
  tag: "Server",
  summary: "Metrics for Prometheus",
  answers: { 200: { media: "text/plain", description: "Prometheus' text format." } },
};

/** Metrics for a scraper. */
export function metricsRoute(engine: Pick<Engine, "metrics">): Route {
  return {
    method: "GET",
    path: "/metrics",
    describe: DESCRIPTION,
    run: async () => ok(metricsText(await engine.metrics()), { headers: HEADERS }),
  };
}
