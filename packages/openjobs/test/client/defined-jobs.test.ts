/** Jobs that are named by their definition and their id. */
import { describe, expect, it, onTestFinished } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { defineJob } from "../../src/core/definition/define-job.ts";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

const sendEmail = defineJob<[to: string], { messageId: string }>("email.send");
const buildReport = defineJob<{ year: number }, { url: string }>("report.build");
const NOBODY = "019b76da-b000-7000-8000-00000000000f";

async function start(): Promise<OjsClient> {
  const server = await createServer({ storage: memory() });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return new OjsClient({ transport: server.transport });
}

describe("a job by its definition", () => {
  it("is read and cancelled as one by its id", async () => {
    const client = await start();
    const { id } = await client.enqueue(sendEmail, ["ada"]);
    const { args, state } = await client.getJob(sendEmail, id);
    expect([args[0].toUpperCase(), state]).toEqual(["ADA", "available"]);
    expect((await client.cancelJob(sendEmail, id)).state).toBe("cancelled");
    expect((await client.cancelJob(sendEmail, id, { timeout: "5s" })).state).toBe("cancelled");
    await expect(client.getJob(sendEmail, NOBODY)).rejects.toMatchObject({ code: "not_found", operation: "getJob" });
  });

  it("is neither read nor cancelled when it is of another type", async () => {
    const client = await start();
    const { id } = await client.enqueue(sendEmail, ["ada"]);
    await expect(client.getJob(buildReport, id)).rejects.toMatchObject({
      name: "OjsValidationError",
      message: `Job ${id} is of the type email.send and not report.build.`,
      operation: "getJob",
      jobId: id,
      details: { field: "definition", expected: "report.build", actual: "email.send" },
    });
    await expect(client.cancelJob(buildReport, id)).rejects.toMatchObject({ operation: "cancelJob" });
    expect((await client.getJob(id)).state).toBe("available");
  });

  it("takes how the request is made as its last argument", async () => {
    const client = await start();
    const { id } = await client.enqueue(sendEmail, ["ada"]);
    const signal = AbortSignal.abort("enough");
    await expect(client.getJob(sendEmail, id, { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(client.cancelJob(sendEmail, id, { signal })).rejects.toMatchObject({ code: "aborted" });
    expect((await client.getJob(id)).state).toBe("available");
  });

  it("needs an id", async () => {
    const client = await start();
    for (const [call, field] of [
      [[sendEmail], "id"],
      [["email.send", NOBODY], "definition"],
      [[{}, NOBODY], "definition"],
    ] as const) {
      await expect(Reflect.apply(client.getJob, client, call)).rejects.toMatchObject({
        code: "invalid_request",
        details: { field },
      });
    }
  });
});
