/** Schemas of arguments: no job is let in that does not fit, by whatever way it comes (ojs-schema-registry §7). */
import { expect } from "vitest";
import { readJobRequest } from "../../../src/core/job-request.ts";
import type { JsonObject } from "../../../src/core/json-object.ts";
import { readSchemaRegistration } from "../../../src/core/schema-request.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";
import { aCron, CRON, MINUTE, openJobs } from "./cron-bench.ts";

const TYPE = "a.b";
const FITS = ["me"];
const MISFITS = [1];
const STRINGS: JsonObject = { type: "array", items: { type: "string" } };
const REFUSED = { code: "invalid_payload", status: 422 };

function register(bench: EngineBench, schema: JsonObject = STRINGS, fields: JsonObject = {}) {
  return bench.engine.registerSchema(readSchemaRegistration({ type: TYPE, version: 1, schema, ...fields }));
}

function asked(bench: EngineBench, args: readonly unknown[], fields: object = {}) {
  return readJobRequest({ type: TYPE, args, queue: QUEUE, ...fields }, { now: bench.clock.now() });
}

function enqueue(bench: EngineBench, args: readonly unknown[], fields: object = {}) {
  return bench.engine.enqueue(asked(bench, args, fields));
}

async function expectNoJobs({ engine }: EngineBench): Promise<void> {
  const { items } = await engine.listQueues({ limit: 10 });
  expect(items.flatMap(({ counts }) => Object.values(counts)).every((count) => count === 0)).toBe(true);
}

export const schemaBehaviours: readonly EngineBehaviour[] = [
  {
    name: "refuses a job whose arguments do not fit, and says all places",
    async run(bench) {
      await register(bench);
      await enqueue(bench, FITS);
      await enqueue(bench, MISFITS, { type: "a.c" });
      await expect(enqueue(bench, ["a", 1, "b", {}])).rejects.toMatchObject({
        ...REFUSED,
        details: { field: "args[1]", type: TYPE, version: 1, errors: [{ path: "args[1]" }, { path: "args[3]" }] },
      });
    },
  },
  {
    name: "refuses a whole batch for one job, and stores nothing",
    async run(bench) {
      await register(bench);
      const batch = bench.engine.enqueueBatch([asked(bench, FITS), asked(bench, MISFITS)]);
      await expect(batch).rejects.toMatchObject({ ...REFUSED, details: { field: "jobs[1].args[0]" } });
      await expectNoJobs(bench);
    },
  },
  {
    name: "refuses an item of a bulk, and the others only of an atomic one",
    async run(bench) {
      await register(bench);
      const items = [asked(bench, MISFITS), asked(bench, FITS)];
      const together = await bench.engine.enqueueBulk({ items, atomic: true });
      expect(together).toMatchObject([REFUSED, { code: "rolled_back" }]);
      await expectNoJobs(bench);
      const [bad, good] = await bench.engine.enqueueBulk({ items, atomic: false });
      expect([bad, good]).toMatchObject([{ ...REFUSED, details: { field: "jobs[0].args[0]" } }, { created: true }]);
    },
  },
  {
    name: "refuses a workflow for any of its steps, and stores nothing",
    async run(bench) {
      await register(bench);
      const step = (args: readonly unknown[]) => ({ type: TYPE, args });
      const { engine } = bench;
      const create = (body: JsonObject) =>
        engine.createWorkflow(readWorkflow(body, { now: engine.now(), newId: engine.newJobId }));
      await expect(create({ type: "chain", steps: [step(FITS), step(MISFITS)] })).rejects.toMatchObject({
        ...REFUSED,
        details: { field: "steps[1].args[0]" },
      });
      const callbacks = { on_failure: step(MISFITS) };
      await expect(create({ type: "batch", jobs: [step(FITS)], callbacks })).rejects.toMatchObject(REFUSED);
      await expectNoJobs(bench);
    },
  },
  {
    name: "refuses a template of a cron job, and skips its runs when it does not fit any more",
    async run(bench) {
      await bench.engine.registerCron(aCron({ type: TYPE, args: MISFITS }));
      await register(bench);
      await expect(bench.engine.registerCron(aCron({ type: TYPE, args: MISFITS }))).rejects.toMatchObject(REFUSED);
      await bench.advance(MINUTE);
      expect(bench.errors.splice(0)).toMatchObject([REFUSED]);
      expect(await openJobs(bench.storage)).toEqual([]);
      await bench.engine.changeCron(CRON, { enabled: false, expressionField: "" });
      await bench.engine.registerCron(aCron({ type: TYPE, args: FITS, enabled: true }));
      await bench.advance(MINUTE);
      expect(await openJobs(bench.storage)).toHaveLength(1);
    },
  },
  {
    name: "goes by the version of a job, or else the latest, however the version is written",
    async run(bench) {
      await register(bench);
      await register(bench, { type: "array", items: { type: "integer" } }, { version: "2.0.0" });
      await enqueue(bench, FITS, { version: 1 });
      await enqueue(bench, FITS, { version: "1.0" });
      await enqueue(bench, MISFITS, { version: 2 });
      await enqueue(bench, MISFITS);
      await enqueue(bench, [{}], { version: 3 });
      for (const version of [1, "1.0.0"]) {
        await expect(enqueue(bench, MISFITS, { version })).rejects.toMatchObject({ details: { version: 1 } });
      }
      for (const fields of [{ version: "2.0.0" }, { version: "2.0" }, {}]) {
        await expect(enqueue(bench, FITS, fields)).rejects.toMatchObject({ details: { version: "2.0.0" } });
      }
    },
  },
  {
    name: "goes by the URI that a job names, besides its type",
    async run(bench) {
      await register(bench);
      await register(bench, { maxItems: 1 }, { uri: "urn:one", type: "anything" });
      await expect(enqueue(bench, ["a", "b"], { schema: "urn:one" })).rejects.toMatchObject(REFUSED);
      await expect(enqueue(bench, MISFITS, { schema: "urn:one" })).rejects.toMatchObject(REFUSED);
      await expect(enqueue(bench, [1, 2], { type: "a.c", schema: "urn:one" })).rejects.toMatchObject(REFUSED);
      await enqueue(bench, FITS, { schema: "urn:one" });
      await enqueue(bench, [1, 2], { type: "a.c", schema: "urn:unknown" });
    },
  },
  {
    name: "lets arguments pass that only workers can read",
    async run(bench) {
      await register(bench);
      await enqueue(bench, [{ ojs_encoded: true, encoding: "binary/encrypted", data: "AQ==" }]);
      await enqueue(bench, MISFITS, { meta: { "ojs.codec.encodings": ["binary/encrypted"] } });
      await expect(enqueue(bench, [{ inner: { ojs_encoded: true } }])).rejects.toMatchObject(REFUSED);
      await expect(enqueue(bench, MISFITS, { meta: { inner: { "ojs.codec.encodings": [] } } })).rejects.toMatchObject(
        REFUSED,
      );
    },
  },
  {
    name: "knows what was registered when it starts, and forgets what is removed",
    async run(bench) {
      const { uri } = await register(bench);
      await bench.start();
      await expect(enqueue(bench, MISFITS)).rejects.toMatchObject(REFUSED);
      await bench.engine.removeSchema(uri);
      await enqueue(bench, MISFITS);
      await register(bench, { items: { type: "integer" } });
      await enqueue(bench, MISFITS);
      await expect(enqueue(bench, FITS)).rejects.toMatchObject(REFUSED);
    },
  },
];
