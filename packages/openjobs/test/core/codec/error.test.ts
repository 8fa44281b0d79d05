import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeError, encodeError } from "../../../src/core/codec/error.ts";
import { OjsBackendError, OjsError, OjsNotFoundError, OjsRateLimitError, ojsError } from "../../../src/core/errors.ts";
import { anyJson } from "../../support/json-arbitraries.ts";

const NOW = Date.UTC(2026, 0, 1);
const CONTEXT = { operation: "getJob", requestId: "req_1", jobId: "job-1", attempts: 2, now: NOW };

function decode(status: number, body: string, headers: Record<string, string> = {}): OjsError {
  return decodeError(status, headers, body, CONTEXT);
}

describe("encodeError", () => {
  it("writes what http-binding asks for, and nothing that is internal", () => {
    const cause = new Error("secret");
    const error = ojsError("not_found", "No such job.", { details: { resource_type: "job" }, cause });
    expect(JSON.parse(encodeError(error, "req_9"))).toEqual({
      error: {
        code: "not_found",
        message: "No such job.",
        retryable: false,
        details: { resource_type: "job" },
        hint: expect.any(String),
        docs_url: "https://openjobspec.org/errors/NOT_FOUND",
        request_id: "req_9",
      },
    });
  });

  it("carries the type of a retry policy's error", () => {
    const error = ojsError("validation_error", "retry.max_attempts must be …");
    expect(JSON.parse(encodeError(error, "r")).error).toMatchObject({
      code: "invalid_request",
      type: "validation_error",
    });
  });
});

describe("decodeError", () => {
  it.each([
    [404, "<html>nginx</html>", {}],
    [404, "", {}],
    [301, "", { location: "https://example.com/" }],
  ])("doubts the address and not the id when no OJS server has answered: %i %j", (status, body, headers) => {
    expect(decode(status, body, headers).hint).toContain("URL leads to an OJS server");
  });

  it("says where a redirect leads, which nobody follows", () => {
    expect(decode(301, "", { location: "https://jobs.example.com/" }).message).toContain("https://jobs.example.com/");
    expect(decode(404, '{"error":{"code":"not_found","message":"no job"}}').hint).toContain("id or the path");
  });

  it("gives back what encodeError wrote", () => {
    const error = ojsError("not_found", "No such job.", { details: { a: 1 }, hint: "Look elsewhere." });
    const decoded = decode(404, encodeError(error, "req_9"));
    expect(decoded).toBeInstanceOf(OjsNotFoundError);
    expect(decoded).toMatchObject({
      code: "not_found",
      status: 404,
      message: "No such job.",
      details: { a: 1 },
      hint: "Look elsewhere.",
      requestId: "req_9",
      operation: "getJob",
      jobId: "job-1",
      attempts: 2,
    });
  });

  it("reads the flat form and codes that are not ours", () => {
    const body = JSON.stringify({ code: "QUEUE_FULL", message: "Full.", retryable: true, doc_url: "https://x/y" });
    const error = decode(429, body, { "retry-after": "3" });
    expect(error).toBeInstanceOf(OjsRateLimitError);
    expect(error).toMatchObject({ code: "QUEUE_FULL", retryable: true, retryAfterMs: 3_000, docsUrl: "https://x/y" });
    expect(error.hint).toContain("Retry-After");
  });

  it.each([
    [400, "invalid_request", false],
    [401, "unauthorized", false],
    [404, "not_found", false],
    [409, "conflict", false],
    [418, "invalid_request", false],
    [429, "rate_limited", true],
    [500, "internal_error", false],
    [502, "backend_error", true],
    [503, "backend_error", true],
    [504, "backend_error", true],
    [599, "internal_error", false],
  ])("makes sense of a bare %d", (status, code, retryable) => {
    const error = decode(status, "");
    expect(error).toMatchObject({ status, code, retryable, requestId: "req_1" });
    expect(error.message).toContain(String(status));
  });

  it("shows the beginning of a proxy's page", () => {
    const error = decode(502, `<html>${"x".repeat(5_000)}</html>`, { "x-request-id": "req_7" });
    expect(error).toBeInstanceOf(OjsBackendError);
    expect(String(error.details?.excerpt)).toHaveLength(200);
    expect(error.requestId).toBe("req_7");
  });

  it("does not parse huge bodies, nor keep huge messages", () => {
    const huge = JSON.stringify({ error: { code: "x", message: "m".repeat(2_000_000) } });
    expect(decode(500, huge).code).toBe("internal_error");
    const long = JSON.stringify({ error: { code: "x", message: "m".repeat(10_000) } });
    expect(decode(500, long).message).toHaveLength(2_000);
  });

  it("takes a bare text for the message", () => {
    expect(decode(500, '{"error":"broken"}').message).toBe("broken");
  });

  it.each([
    ["5", 5_000],
    ["0.5", 500],
    ["Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ])("reads Retry-After: %s", (header, ms) => {
    expect(decode(429, "", { "retry-after": header }).retryAfterMs).toBe(ms);
  });

  it.each(["-1", "soon", "", "1e999", "Infinity"])("ignores Retry-After: %j", (header) => {
    expect(decode(429, "", { "retry-after": header }).retryAfterMs).toBeUndefined();
  });

  it("makes an OjsError of anything", () => {
    const wire = fc.record({
      code: anyJson,
      message: anyJson,
      retryable: anyJson,
      details: anyJson,
      hint: anyJson,
      type: anyJson,
    });
    const body = fc.oneof(
      fc.string(),
      anyJson.map((v) => JSON.stringify(v)),
      wire.map((error) => JSON.stringify({ error })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, fc.string(), (status, text, header) => {
        const error = decodeError(status, { "retry-after": header }, text, CONTEXT);
        expect(error).toBeInstanceOf(OjsError);
        expect([typeof error.code, typeof error.message, typeof error.retryable, error.status]).toEqual([
          "string",
          "string",
          "boolean",
          status,
        ]);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});
