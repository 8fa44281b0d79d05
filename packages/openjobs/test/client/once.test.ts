/** Lost answers: the operation has happened, the request is sent again, and the caller sees a success. */
import { beforeAll, describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { OjsConflictError, OjsNotFoundError } from "../../src/core/errors.ts";
import { ManualClock } from "./manual-clock.ts";
import { answer, type Reply, refusal, ScriptedTransport } from "./scripted-transport.ts";

// Calls of a kind are loaded by the first of them, which the clock of these tests does not wait for.
beforeAll(async () => {
  const calls = ["cron", "dead-letters", "job-course", "queues", "selections", "system", "workflows"];
  await Promise.all(calls.map((name) => import(`../../src/client/calls/${name}.ts`)));
  await import("../../src/client/workflow-once.ts");
});

const ID = "019b7000-0000-7000-8000-000000000001";
const lost = new Error("socket hang up");
const jobIn = (state: string): Reply => answer(200, { job: { id: ID, type: "a.b", state, args: [] } });

async function outcomeOf<T>(
  replies: readonly Reply[],
  call: (client: OjsClient) => Promise<T>,
): Promise<{ outcome: unknown; sent: string[]; transport: ScriptedTransport }> {
  const clock = new ManualClock();
  const transport = new ScriptedTransport(...replies);
  const client = new OjsClient({ transport }, { clock, random: () => 0.5 });
  const outcome = await clock.until(call(client).catch((error: unknown) => error));
  return { outcome, transport, sent: transport.requests.map(({ method, path }) => `${method} ${path}`) };
}

describe("enqueue", () => {
  const enqueue = (client: OjsClient): Promise<unknown> => client.enqueue("a.b", [1]);

  it("sends the same job with the same id again", async () => {
    const { outcome, transport } = await outcomeOf([lost, refusal(503, "backend_error"), jobIn("available")], enqueue);
    expect(outcome).toMatchObject({ id: ID });
    const [first, ...others] = transport.requests.map(({ body }) => body);
    expect(others).toEqual([first, first]);
    expect(JSON.parse(first ?? "").id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("takes its own job for a success on servers that call a repetition a duplicate", async () => {
    const { outcome, sent } = await outcomeOf([lost, refusal(409, "duplicate"), jobIn("available")], enqueue);
    expect(outcome).toMatchObject({ id: ID, state: "available" });
    expect(sent[2]).toMatch(/^GET \/ojs\/v1\/jobs\/[0-9a-f-]{36}$/);
  });

  it("does not take another job for its own", async () => {
    const { outcome } = await outcomeOf([lost, refusal(409, "duplicate"), refusal(404, "not_found")], enqueue);
    expect(outcome).toBeInstanceOf(OjsConflictError);
    expect(outcome).toMatchObject({ code: "duplicate", operation: "enqueue", attempts: 2 });
  });

  it("reports a duplicate that was there before the first request", async () => {
    const { outcome, sent } = await outcomeOf([refusal(409, "duplicate")], enqueue);
    expect(outcome).toMatchObject({ code: "duplicate", attempts: 1 });
    expect(sent).toHaveLength(1);
  });
});

describe("cancelJob", () => {
  const cancel = (client: OjsClient): Promise<unknown> => client.cancelJob(ID);

  it("is a success when the job is cancelled already", async () => {
    const { outcome, sent } = await outcomeOf([refusal(409, "conflict"), jobIn("cancelled")], cancel);
    expect(outcome).toMatchObject({ id: ID, state: "cancelled" });
    expect(sent).toEqual([`DELETE /ojs/v1/jobs/${ID}`, `GET /ojs/v1/jobs/${ID}`]);
  });

  it.each(["completed", "discarded"])("is a conflict when the job is %s", async (state) => {
    const { outcome } = await outcomeOf([refusal(409, "conflict"), jobIn(state)], cancel);
    expect(outcome).toBeInstanceOf(OjsConflictError);
    expect(outcome).toMatchObject({ operation: "cancelJob", jobId: ID });
  });

  it("tells of trouble while it looks", async () => {
    const { outcome } = await outcomeOf([refusal(409, "conflict"), refusal(401, "unauthorized")], cancel);
    expect(outcome).toMatchObject({ code: "unauthorized" });
  });
});

describe("discardDeadLetterJob", () => {
  const discard = (client: OjsClient): Promise<unknown> => client.discardDeadLetterJob(ID);

  it("is a success when the first request had done it", async () => {
    expect((await outcomeOf([lost, refusal(404, "not_found")], discard)).outcome).toBeUndefined();
  });

  it("is an error when there never was such a job", async () => {
    expect((await outcomeOf([refusal(404, "not_found")], discard)).outcome).toBeInstanceOf(OjsNotFoundError);
  });
});

describe("what cannot be repeated", () => {
  it.each([
    ["activateJob", (client: OjsClient) => client.activateJob(ID)],
    ["retryDeadLetterJob", (client: OjsClient) => client.retryDeadLetterJob(ID)],
  ])("%s is sent once", async (operation, call) => {
    const { outcome, sent } = await outcomeOf([lost, jobIn("available")], call);
    expect(outcome).toMatchObject({ code: "connection_error", operation, jobId: ID });
    expect(sent).toHaveLength(1);
  });
});
