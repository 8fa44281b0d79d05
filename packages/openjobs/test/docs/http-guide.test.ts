/** The guides name every route, and the requests in them do what is said. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../server/test-server.ts";
import { filledIn, hasSaid, httpExamplesOf, mentions } from "./http-examples.ts";

const guides = fileURLToPath(new URL("../../../../docs/guides/", import.meta.url));
const read = (name: string): string => readFileSync(`${guides}${name}`, "utf8");

/** `GET /ojs/v1/jobs/{id}` of each route that is not another one under another name. */
async function operationsOf(server: TestServer): Promise<readonly string[]> {
  const { paths } = (await server.get("/ojs/openapi.json")).body;
  const items: [string, Record<string, { "x-alias-of"?: string }>][] = Object.entries(paths);
  return items.flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation["x-alias-of"] === undefined)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
}

describe("the guides", () => {
  it("name every route", async () => {
    await using server = await testServer();
    const text = readdirSync(guides).map(read).join("\n");
    expect((await operationsOf(server)).filter((operation) => !mentions(text, operation))).toEqual([]);
  });

  it("have requests that are answered as they say", async () => {
    await using server = await testServer();
    const ids = new Map<string, string>();
    for (const { method, target, body, answer: said } of httpExamplesOf(read("http.md"))) {
      const request = body === undefined ? {} : { body: filledIn(body, ids) };
      const answer = await server.call(method, filledIn(target, ids), request);
      const refused = Object.hasOwn(Object(said), "error");
      const told = `${method} ${target}: ${answer.status} ${answer.text}`;
      expect(answer.status >= 400, told).toBe(refused);
      expect(hasSaid(answer.body, said), told).toBe(true);
      const { job, jobs, workflow, subscription } = answer.body;
      for (const [name, one] of Object.entries({ job: job ?? jobs?.[0], workflow, subscription })) {
        if (typeof one?.id === "string") ids.set(name, one.id);
      }
    }
  });

  it("are searched for whole routes", () => {
    expect(mentions("`GET /jobs/{job}`, and", "GET /jobs/{id}")).toBe(true);
    expect(mentions("GET /jobs/7?a=b", "GET /jobs/{id}")).toBe(true);
    expect(mentions("GET /jobs/{id}/progress", "GET /jobs/{id}")).toBe(false);
    expect(mentions("GET /jobs/bulk-1", "GET /jobs/bulk")).toBe(false);
    expect(mentions("PUT /jobs/{id}", "GET /jobs/{id}")).toBe(false);
  });

  it("are compared with answers part by part", () => {
    expect(hasSaid({ a: [{ b: 1, c: 2 }], d: "x" }, { a: [{ b: 1 }], d: "…" })).toBe(true);
    expect(hasSaid({ a: [{ b: 1 }, { b: 1 }] }, { a: [{ b: 1 }] })).toBe(false);
    expect(hasSaid({ a: 1 }, { b: 1 })).toBe(false);
    expect(hasSaid(null, {})).toBe(false);
  });
});
