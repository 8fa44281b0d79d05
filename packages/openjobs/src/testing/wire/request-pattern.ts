/** How a test names requests: `POST /ojs/v1/jobs`, `/ojs/v1/jobs/*`, `GET`, `*`. */

import type { TransportRequest } from "../../client/transport.ts";
import { refusedOption } from "../../core/codec/enqueue-options-encode.ts";

/** A name that was read. */
export interface RequestPattern {
  fits(request: Pick<TransportRequest, "method" | "path">): boolean;
}

const SHAPE = /^(?:\*|(?<method>GET|POST|PUT|PATCH|DELETE)?(?:^| |$)(?<path>\/ojs\/[^\s?]*)?)$/;

/**
 * Reads it: a method, a path or both; `*` stands for one segment of the path, or alone for every request.
 *
 * @throws OjsValidationError when it is none of these.
 */
export function readPattern(text: string): RequestPattern {
  const { method, path } = shapeOf(text);
  const segments = path?.split("/");
  return {
    fits: (request) =>
      (method === undefined || method === request.method) &&
      (segments === undefined || fitsSegments(segments, request.path.split("/"))),
  };
}

function shapeOf(text: string): { readonly method?: string; readonly path?: string } {
  const shape = text === "" ? null : SHAPE.exec(text);
  if (shape !== null) return shape.groups ?? {};
  throw refusedOption(
    "request",
    `${JSON.stringify(text)} names no request.`,
    'Write a method and a path without a query, or one of them: "POST /ojs/v1/jobs", "GET /ojs/v1/jobs/*"; "*" is every request.',
  );
}

function fitsSegments(wanted: readonly string[], given: readonly string[]): boolean {
  return (
    wanted.length === given.length && wanted.every((segment, index) => segment === "*" || segment === given[index])
  );
}
