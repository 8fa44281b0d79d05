/** docs/reference/http.md is what the routing table says. `npm run docs:reference` writes it anew. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { testServer } from "../server/test-server.ts";
import { httpReference } from "./http-reference.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/reference/http.md", import.meta.url));

it("the page about every route is current", async () => {
  await using server = await testServer();
  const { body } = await server.get("/ojs/openapi.json");
  await expect(httpReference(body)).toMatchFileSnapshot(PAGE);
});
