/** What is registered at one server counts at the others. */
import { expect, it } from "vitest";
import { readJobRequest } from "../../../src/core/job-request.ts";
import { readSchemaRegistration } from "../../../src/core/schema-request.ts";
import { type Server, Servers } from "./servers.ts";

function enqueue({ engine }: Server): Promise<unknown> {
  return engine.enqueue(readJobRequest({ type: "a.b", args: [1] }, { now: engine.now() }));
}

it("a schema counts at every server from when it is registered until it is removed", async () => {
  const servers = new Servers();
  const [here, there] = await servers.start(2);
  if (here === undefined || there === undefined) throw new Error("Two servers were started.");
  await enqueue(there);
  const schema = { items: { type: "string" } };
  const { uri } = await here.engine.registerSchema(readSchemaRegistration({ type: "a.b", version: 1, schema }));
  await servers.advance(10);
  await expect(enqueue(there)).rejects.toMatchObject({ code: "invalid_payload" });
  await there.engine.removeSchema(uri);
  await servers.advance(10);
  await enqueue(here);
  expect(servers.errors).toEqual([]);
});
