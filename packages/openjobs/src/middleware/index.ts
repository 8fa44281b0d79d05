/**
 * Middleware that most applications want (ojs-middleware §8.1): `openjobs/middleware`. Tracing and metrics by OpenTelemetry are at
 * `openjobs/otel`, encryption is at `openjobs/encryption`.
 */
export { type LoggingOptions, logging } from "./logging.ts";
export { type MetricsRecorder, metrics, type RecordedJob } from "./metrics.ts";
export type { Middleware } from "./middleware.ts";
export { JobTimeoutError, timeout } from "./timeout.ts";
