/** Signals, with a real process and a real server between which nothing is shared but a port. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OjsClient } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { startWorkerProcess } from "./worker-process.ts";

let server: OjsServer;
let client: OjsClient;
let url: string;

beforeEach(async () => {
  server = await createServer({ storage: memory() });
  ({ url } = await server.listen(0));
  client = new OjsClient({ transport: server.transport });
});

afterEach(() => server.close({ graceMs: 0 }));

describe.skipIf(process.platform === "win32")("a worker process", () => {
  it("finishes its job after SIGTERM and then ends by itself, with exit code 0", async () => {
    await using worker = await startWorkerProcess(url);
    const { id } = await client.enqueue("test.job");
    await worker.said(`entered ${id} 1`);
    worker.signal("SIGTERM");
    await worker.said("state terminate");
    expect((await client.getJob(id)).state).toBe("active");
    worker.signal("SIGUSR2");
    expect(await worker.exited).toBe(0);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: "from the child" });
  });

  it("hands its job back at the second SIGTERM, without costing an attempt", async () => {
    await using worker = await startWorkerProcess(url);
    const { id } = await client.enqueue("test.job", [], { retry: { maxAttempts: 1 } });
    await worker.said(`entered ${id} 1`);
    worker.signal("SIGTERM");
    await worker.said("state terminate");
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(await client.getJob(id)).toMatchObject({ state: "available", error: { type: "shutdown" } });
  });

  it("ends at once after SIGINT when it has nothing to do", async () => {
    await using worker = await startWorkerProcess(url);
    worker.signal("SIGINT");
    expect(await worker.exited).toBe(0);
  });

  it("stops taking jobs after SIGTSTP and takes them again after SIGCONT", async () => {
    await using worker = await startWorkerProcess(url);
    worker.signal("SIGTSTP");
    await worker.said("state quiet");
    const { id } = await client.enqueue("test.job");
    worker.forget();
    await worker.said("state quiet");
    // A fetch that was on its way when the signal came may have brought the job; then it is handed back.
    await expect.poll(async () => (await client.getJob(id)).state).toBe("available");
    worker.signal("SIGCONT");
    await worker.said(new RegExp(`^entered ${id}`));
    worker.signal("SIGUSR2");
    await expect.poll(async () => (await client.getJob(id)).state).toBe("completed");
  });
});
