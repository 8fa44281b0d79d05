/** The schema of a definition in the server's registry: it holds for producers that know nothing of the definition. */
import assert from "node:assert/strict";
import { defineJob, OjsClient, OjsConflictError, OjsValidationError } from "openjobs";
import { OjsSchemas } from "openjobs/schemas";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { z } from "zod";

const resize = defineJob("image.resize", { args: z.object({ url: z.url(), width: z.int() }) });
const wider = defineJob("image.resize", { args: z.object({ url: z.url(), width: z.number() }) });

await using server = await createServer({ storage: memory() });
await using client = new OjsClient({ transport: server.transport });
await using schemas = new OjsSchemas({ transport: server.transport });

// Whenever the application starts: the same again changes nothing.
await schemas.registerJobSchema(resize);
await schemas.registerJobSchema(resize);

const byName = { url: "https://example.com/a.png", width: 1.5 };
const refused = await client.enqueue("image.resize", byName).catch((error: unknown) => error);
assert.ok(refused instanceof OjsValidationError);
assert.equal(refused.details?.field, "args[0].width");

// A registered version does not change; the latest one is in force.
await assert.rejects(schemas.registerJobSchema(wider), OjsConflictError);
await schemas.registerJobSchema(wider, { version: 2 });
assert.equal((await client.enqueue("image.resize", byName)).state, "available");
assert.equal((await schemas.getSchema("image.resize")).version, 2);
console.log("ok: the server checked the jobs of others by the schema of a definition");
