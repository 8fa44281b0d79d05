import { describe, expect, it } from "vitest";
import { PrometheusText } from "../../src/server/prometheus-text.ts";
import { testServer } from "./test-server.ts";

/** A family's declaration or one sample. */
const LINE =
  /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)*\})? (\d+(\.\d+)?(e[+-]?\d+)?|\+Inf))$/;

function sampleIn(text: string | undefined, sample: string): number {
  const line = text?.split("\n").find((candidate) => candidate.startsWith(`${sample} `));
  return line === undefined ? Number.NaN : Number(line.slice(sample.length + 1));
}

describe("GET /metrics", () => {
  it("is Prometheus' text, under the names of the specification", async () => {
    await using test = await testServer();
    await test.enqueue({ type: "email.send", options: { queue: "mail" } });
    await test.enqueue();
    const job = await test.fetchOne();
    await test.post("/ojs/v1/workers/ack", { job_id: job.id });
    const { status, headers, text = "" } = await test.get("/metrics", { accept: "text/plain" });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/plain");
    expect(text.endsWith("\n")).toBe(true);
    expect(
      text
        .trimEnd()
        .split("\n")
        .filter((line) => !LINE.test(line)),
    ).toEqual([]);
    for (const [sample, value] of [
      ['ojs_job_enqueued_total{queue="mail",type="email.send"}', 1],
      ['ojs_job_completed_total{queue="default",type="test.job"}', 1],
      ['ojs_job_failed_total{queue="default",type="test.job"}', 0],
      ['ojs_job_queue_time_seconds_count{queue="default",type="test.job"}', 1],
      ['ojs_job_duration_seconds_bucket{queue="default",type="test.job",state="completed",le="+Inf"}', 1],
      ['ojs_queue_depth{queue="mail",state="available"}', 1],
      ['ojs_workers_busy{queue="default"}', 0],
      ["ojs_workers_active", 0],
      ["openjobs_storage_up", 1],
    ] as const) {
      expect(sampleIn(text, sample), sample).toBe(value);
    }
    expect(sampleIn(text, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(text).not.toContain(job.id);
  });

  it("declares each family once, before its samples", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { text = "" } = await test.get("/metrics");
    const seen = new Set<string>();
    let family = "";
    for (const line of text.trimEnd().split("\n")) {
      const declared = /^# TYPE (\S+)/.exec(line)?.[1];
      if (declared !== undefined) {
        expect(seen.has(declared), declared).toBe(false);
        seen.add(declared);
        family = declared;
      } else if (!line.startsWith("#")) expect(line.startsWith(family), line).toBe(true);
    }
  });

  it("wants the API key, unlike the probes", async () => {
    await using test = await testServer({ apiKey: "k" });
    expect((await test.get("/metrics")).status).toBe(401);
    expect((await test.get("/metrics", { authorization: "Bearer k" })).status).toBe(200);
    for (const path of ["/health", "/ready"]) expect((await test.get(path)).status).toBe(200);
  });

  it("quotes whatever a label is", () => {
    const text = new PrometheusText();
    text.sample("x", 1, { a: 'say "hi"\n\\' });
    expect(`${text}`).toBe('x{a="say \\"hi\\"\\n\\\\"} 1\n');
  });
});

describe("meta.ojs_validate", () => {
  const job = { type: "test.job", args: [], meta: { ojs_validate: true } };

  it("refuses a job without arguments, but only with test hooks", async () => {
    await using hooked = await testServer({ testHooks: true });
    const { status, body } = await hooked.post("/ojs/v1/jobs", job);
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect((await hooked.post("/ojs/v1/jobs", { ...job, args: [1] })).status).toBe(201);
    expect((await hooked.post("/ojs/v1/jobs", { ...job, meta: {} })).status).toBe(201);
    await using plain = await testServer();
    expect((await plain.post("/ojs/v1/jobs", job)).status).toBe(201);
  });
});
