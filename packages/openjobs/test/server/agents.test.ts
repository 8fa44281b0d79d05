import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock } from "../../src/testing/test-clock.ts";
import { sharedStorage } from "../support/storage-wrapper.ts";
import { type TestServer, testServer } from "./test-server.ts";

const UNKNOWN = "01890000-0000-7000-8000-000000000000";

async function agentOf(test: TestServer, job: object = {}): Promise<{ readonly id: string; readonly path: string }> {
  const { id } = await test.enqueue(job);
  return { id, path: `/ojs/v1/agents/${id}` };
}

const save = (test: TestServer, id: string, state: unknown) =>
  test.call("PUT", `/ojs/v1/jobs/${id}/checkpoint`, { body: { state } });

describe("an agent", () => {
  it("is told to pause, by one server or another, and goes on with what a person answered", async () => {
    const storage = memory();
    await storage.open();
    await using one = await testServer({ storage: sharedStorage(storage) });
    await using two = await testServer({ storage: sharedStorage(storage) });
    const { id, path } = await agentOf(one);
    expect((await one.get(path)).body).toEqual({ job_id: id, state: "running", branches: [], tool_retries: 0 });
    expect((await one.post(`${path}/pause`, { reason: "pay 500?" })).body).toMatchObject({
      job_id: id,
      state: "paused",
      reason: "pay 500?",
    });
    expect((await two.get(path)).body).toMatchObject({ state: "paused", reason: "pay 500?" });
    const answer = { approved: true, comment: "fine", metadata: { by: "ann" } };
    expect((await two.post(`${path}/resume`, answer)).body.state).toBe("running");
    expect((await one.get(path)).body).toMatchObject({ state: "running", decision: answer });
    expect((await one.post(`${path}/resume`)).status).toBe(200);
  });

  it("keeps its checkpoint as a branch, under an id that its content has", async () => {
    await using test = await testServer();
    const { id, path } = await agentOf(test);
    await save(test, id, { plan: ["a"] });
    const first = (await test.post(`${path}/fork`, { at_turn: 2, branch_name: "one" })).body;
    expect(first).toMatchObject({
      branch_id: expect.any(String),
      branch_name: "one",
      at_turn: 2,
      content_id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      content: { plan: ["a"] },
    });
    const same = (await test.post(`${path}/fork`)).body;
    await save(test, id, { plan: ["b"] });
    const other = (await test.post(`${path}/fork`)).body;
    expect([same.content_id === first.content_id, other.content_id === first.content_id]).toEqual([true, false]);
    expect((await test.post(`${path}/fork`, { branch_name: "one" })).status).toBe(409);
    expect((await test.get(path)).body.branches).toHaveLength(3);
  });

  it("merges branches, and says where they differ", async () => {
    await using test = await testServer();
    const { id, path } = await agentOf(test);
    await save(test, id, { plan: "x", cost: 1 });
    const { branch_id: a } = (await test.post(`${path}/fork`)).body;
    await save(test, id, { plan: "y", cost: 1, done: true });
    await test.post(`${path}/fork`, { branch_name: "b" });
    const merged = (await test.post(`${path}/merge`, { branch_a: a, branch_b: "b", strategy: "ours" })).body;
    expect(merged).toMatchObject({
      merged_id: expect.any(String),
      content: { plan: "x", cost: 1, done: true },
      conflicts: ["plan"],
      merged_from: [a, "b"],
      unknown_branches: [],
    });
    const theirs = (await test.post(`${path}/merge`, { branch_a: a, branch_b: "main", strategy: "theirs" })).body;
    expect(theirs.content.plan).toBe("y");
    const again = (await test.post(`${path}/merge`, { branch_a: theirs.merged_id, branch_b: "main" })).body;
    expect(again.conflicts).toEqual([]);
    const typo = (await test.post(`${path}/merge`, { branch_a: "main", branch_b: "bb" })).body;
    expect(typo).toMatchObject({ conflicts: [], unknown_branches: ["bb"] });
  });

  it("may try a tool of the provider that its job names, as often as that says", async () => {
    await using test = await testServer();
    const policy = { tool_retry: { alternate_provider: "anthropic", max_retries: 1 } };
    const { path } = await agentOf(test, { ext_agent_v2: policy });
    const granted = { retried: true, provider: "anthropic", retries: 1 };
    expect((await test.post(`${path}/tool-retry`, { tool: "search" })).body).toMatchObject(granted);
    expect((await test.post(`${path}/tool-retry`)).body).toMatchObject({ retried: false, retries: 1 });
    const silent = await agentOf(test);
    const refused = await test.post(`${silent.path}/tool-retry`);
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.field).toBe("ext_agent_v2.tool_retry.alternate_provider");
  });

  it("loses nothing when several speak at once", async () => {
    await using test = await testServer();
    const { path } = await agentOf(test);
    const names = Array.from({ length: 6 }, (_, index) => `n-${index}`);
    await Promise.all(names.map((name) => test.post(`${path}/fork`, { branch_name: name })));
    const { branches } = (await test.get(path)).body;
    expect(branches.map((branch: { branch_name: string }) => branch.branch_name).sort()).toEqual(names);
  });

  it("is nobody's when there is no job, and over when the job is", async () => {
    await using test = await testServer();
    for (const name of ["pause", "resume", "fork", "merge", "tool-retry"]) {
      expect((await test.post(`/ojs/v1/agents/${UNKNOWN}/${name}`)).status, name).toBe(404);
    }
    const { id, path } = await agentOf(test);
    await test.del(`/ojs/v1/jobs/${id}`);
    for (const name of ["pause", "resume", "tool-retry"]) {
      expect((await test.post(`${path}/${name}`)).status, name).toBe(409);
    }
    expect((await test.get(path)).status).toBe(200);
  });

  it.each([
    ["pause", { reason: 5 }, "reason"],
    ["pause", { reason: "x".repeat(1_001) }, "reason"],
    ["resume", { approved: "yes" }, "approved"],
    ["resume", { metadata: [] }, "metadata"],
    ["fork", { at_turn: -1 }, "at_turn"],
    ["fork", { branch_name: "" }, "branch_name"],
    ["merge", { branch_a: 1 }, "branch_a"],
  ])("refuses nonsense: %s %j", async (name, body, field) => {
    await using test = await testServer();
    const { path } = await agentOf(test);
    const answer = await test.post(`${path}/${name}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.field).toBe(field);
    expect((await test.get(path)).body).toMatchObject({ state: "running", branches: [] });
  });

  it("is forgotten some time after its job", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    const storage = memory();
    await using test = await testServer({ storage, clock, retention: { cancelled: "1h" } });
    const { id, path } = await agentOf(test);
    await test.post(`${path}/fork`);
    await test.del(`/ojs/v1/jobs/${id}`);
    for (let hour = 0; hour < 30; hour += 1) await clock.advance(3_600_000);
    expect(await storage.records.get("agent", [id])).toEqual([undefined]);
  });
});
