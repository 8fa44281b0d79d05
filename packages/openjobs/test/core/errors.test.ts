import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorName } from "../../src/core/error-table.ts";
import * as errors from "../../src/core/errors.ts";

const { OjsError, ojsError } = errors;
const names = Object.keys(ERRORS) as ErrorName[];

describe("the table of errors", () => {
  it.each(names)("%s says what to do and where to read on", (name) => {
    const error = ojsError(name, "It went wrong.");
    expect(error).toBeInstanceOf(OjsError);
    expect(error.message).toBe("It went wrong.");
    expect(error.hint).toMatch(/\.$/);
    expect(error.docsUrl).toMatch(/^https:\/\/openjobspec\.org\/errors\/[A-Z_]+$/);
    expect(typeof error.retryable).toBe("boolean");
  });

  it("calls nothing retryable that the caller has to change", () => {
    const wrong = names.filter(
      (name) => ERRORS[name].status >= 400 && ERRORS[name].status < 429 && ERRORS[name].retryable,
    );
    expect(wrong).toEqual([]);
  });
});

describe("ojsError", () => {
  it.each([
    ["invalid_request", errors.OjsValidationError],
    ["invalid_payload", errors.OjsValidationError],
    ["payload_too_large", errors.OjsValidationError],
    ["unauthorized", errors.OjsAuthError],
    ["forbidden", errors.OjsAuthError],
    ["not_found", errors.OjsNotFoundError],
    ["conflict", errors.OjsConflictError],
    ["duplicate", errors.OjsConflictError],
    ["rate_limited", errors.OjsRateLimitError],
    ["backend_error", errors.OjsBackendError],
    ["internal_error", errors.OjsBackendError],
    ["connection_error", errors.OjsConnectionError],
    ["timeout", errors.OjsTimeoutError],
  ] as const)("makes %s an instance of its class", (name, kind) => {
    const error = ojsError(name, "message");
    expect(error).toBeInstanceOf(kind);
    expect(error.name).toBe(kind.name);
    expect(error.code).toBe(name);
  });

  it("sends retry policies as 422 with a type of their own", () => {
    expect(ojsError("validation_error", "message")).toMatchObject({
      code: "invalid_request",
      type: "validation_error",
      status: 422,
    });
  });

  it("lets the thrower know better than the table", () => {
    const cause = new Error("cause");
    const error = ojsError("backend_error", "message", { retryAfterMs: 5, hint: "Wait.", jobId: "id", cause });
    expect(error).toMatchObject({ retryAfterMs: 5, hint: "Wait.", jobId: "id", cause, status: 503, retryable: true });
  });

  it("has no members that are not known", () => {
    expect(Object.keys(ojsError("not_found", "message")).sort()).toEqual([
      "code",
      "docsUrl",
      "hint",
      "name",
      "retryable",
      "status",
    ]);
  });
});

describe("OjsError", () => {
  it("takes codes that other servers made up", () => {
    const error = new OjsError("x_custom", "message", { status: 418 });
    expect(error).toMatchObject({ code: "x_custom", status: 418, retryable: false });
  });

  it("is not confused by names of Object.prototype", () => {
    expect(new OjsError("constructor", "message").status).toBe(500);
  });
});
