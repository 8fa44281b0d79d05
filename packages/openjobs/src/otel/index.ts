/** OpenTelemetry for jobs: `openjobs/otel`. Needs the package `@opentelemetry/api`. */
export { type OtelOptions, otel } from "./otel.ts";
