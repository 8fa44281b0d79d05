import { describe, expect, it } from "vitest";
import { decodeManifest } from "../../src/core/manifest.ts";

describe("decodeManifest", () => {
  it("reads a full manifest", () => {
    const wire = {
      specversion: "1.0",
      implementation: { name: "openjobs", version: "0.1.0", language: "typescript" },
      conformance_level: 1,
      protocols: ["http"],
      backend: "sqlite",
      capabilities: { batch_enqueue: true, workflows: false, odd: "yes" },
      extensions: ["urn:ojs:ext:x"],
      limits: { max_job_bytes: 1 },
    };
    expect(decodeManifest(wire)).toEqual({
      specVersion: "1.0",
      implementation: { name: "openjobs", version: "0.1.0", language: "typescript" },
      conformanceLevel: 1,
      protocols: ["http"],
      backend: "sqlite",
      capabilities: { batch_enqueue: true, workflows: false },
      extensions: ["urn:ojs:ext:x"],
      limits: { max_job_bytes: 1 },
    });
  });

  it("reads what other servers leave out or write otherwise", () => {
    const wire = { ojs_version: "1.0", extensions: { official: [{ uri: "urn:a" }], experimental: ["urn:b", 5] } };
    expect(decodeManifest(wire)).toEqual({
      specVersion: "1.0",
      implementation: { name: "unknown" },
      protocols: [],
      capabilities: {},
      extensions: ["urn:a", "urn:b"],
    });
  });

  it.each([[undefined], [[]], [{}], ["1.0"], [{ specversion: 1 }]])("refuses %j", (wire) => {
    expect(() => decodeManifest(wire)).toThrow(expect.objectContaining({ code: "invalid_response" }));
  });
});
