/** Outcomes that travel together, with the fetch for the slots that they free. */
import { describe, expect, it } from "vitest";
import type { JobHandler, WorkerOptions } from "../../src/index.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { type Bench, bench, Gate, pave, startedBench, stopped } from "./bench.ts";
import { type Body, disconnect, hang, refuse, respond, wireJob } from "./stub-server.ts";

/** A started worker whose server has the exchange. */
function begin(handler: JobHandler, options: WorkerOptions = {}): Promise<Bench> {
  return startedBench(handler, options, {}, "in an exchange");
}

function jobs(count: number, fields: Body = {}): Body[] {
  return Array.from({ length: count }, () => wireJob(fields));
}

/** How many outcomes each exchange carried, and how many jobs it asked for. */
function shapes({ server }: Bench): [number, number][] {
  return server.of("exchange").map(({ body }) => [body.acks.length + body.nacks.length, body.fetch?.count ?? 0]);
}

/** Lets exchanges through only when the test says so. */
function holdExchanges({ server }: Bench): { readonly sent: Body[]; readonly held: (() => void)[] } {
  const sent: Body[] = [];
  const held: (() => void)[] = [];
  const ask = server.request.bind(server);
  server.request = async (request) => {
    if (request.path.endsWith("/exchange")) {
      sent.push(JSON.parse(request.body ?? "{}"));
      await new Promise<void>((resolve) => held.push(resolve));
    }
    return ask(request);
  };
  return { sent, held };
}

describe("outcomes that are ready together", () => {
  it("travel together, all of them, with the fetch for the slots that they free", async () => {
    const made = await begin(() => "done", { concurrency: 50 });
    made.server.push(...jobs(500));
    await turns(60);
    expect(made.server.acked).toHaveLength(500);
    expect(made.server.of("ack").every(({ body }) => body.result === "done" && body.worker_id === made.worker.id)).toBe(
      true,
    );
    for (const [outcomes, wanted] of shapes(made)) expect([outcomes, wanted]).toEqual([50, 50]);
    expect(made.server.of("fetch").length).toBeLessThanOrEqual(3);
    expect(new Set(made.server.acked).size).toBe(500);
  });

  it("need one request per twenty jobs at most, and no time passes for it", async () => {
    const made = await begin(async () => undefined, { concurrency: 50 });
    const before = made.clock.now();
    made.server.push(...jobs(2_000));
    await turns(300);
    expect(made.server.acked).toHaveLength(2_000);
    const requests = made.server.received.filter(({ operation }) => operation !== "ack").length;
    expect(2_000 / requests).toBeGreaterThan(20);
    expect(made.clock.now()).toBe(before);
  });

  it("say who speaks, for which queues, and under which lease", async () => {
    const made = await begin((job) => job.attempt, { queues: ["a", "b"], visibilityTimeout: "45s", concurrency: 2 });
    made.server.push(wireJob({ lease: 7 }));
    await turns(8);
    const [{ body } = { body: undefined }] = made.server.of("exchange");
    expect(body).toEqual({
      worker_id: made.worker.id,
      acks: [{ job_id: made.server.acked[0], lease: 7, result: 1 }],
      nacks: [],
      fetch: { queues: ["a", "b"], count: 1, visibility_timeout_ms: 45_000 },
    });
  });

  it("are settled one by one, each by its own answer", async () => {
    const made = await begin((job) => (job.args[0] === "fail" ? Promise.reject(new Error("no")) : job.args[0]), {
      concurrency: 8,
    });
    const [accepted, late, refused, busy, failed] = ["fine", "late", "refused", "busy", "fail"].map((word) =>
      wireJob({ args: [word] }),
    );
    let troubles = 1;
    made.server.replies.ack = ({ body }) => {
      if (body.job_id === late.id) return refuse(409, "conflict");
      if (body.job_id === refused.id) return refuse(413, "payload_too_large");
      if (body.job_id === busy.id && troubles-- > 0) return refuse(503, "backend_error");
      return undefined;
    };
    made.server.push(accepted, late, refused, busy, failed);
    await turns(12);
    expect(made.worker.activeJobs).toBe(1); // the busy one waits for its second try
    await made.clock.advance(1_000);
    expect(made.worker.activeJobs).toBe(0);
    const tries = (id: string) => made.server.acked.filter((acked) => acked === id).length;
    expect([accepted, late, refused, busy, failed].map(({ id }) => tries(id))).toEqual([1, 1, 1, 2, 0]);
    expect(made.server.of("nack").map(({ body }) => [body.job_id, body.error.code])).toEqual(
      expect.arrayContaining([
        [failed.id, "handler_error"],
        [refused.id, "result_rejected"],
      ]),
    );
    expect(made.server.of("nack")).toHaveLength(2);
  });

  it("do not wait for others: a slot that becomes free asks at once", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 2 });
    made.server.push(...jobs(3));
    await made.clock.advance(0);
    const before = made.clock.now();
    await gate.end("first");
    expect(gate.entered).toHaveLength(3);
    expect(shapes(made)).toEqual([[1, 1]]);
    expect(made.clock.now()).toBe(before);
  });

  it("gather while two exchanges are on their way, and no third one is sent", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 10 });
    made.server.push(...jobs(10));
    await made.clock.advance(0);
    const { sent, held } = holdExchanges(made);
    for (let ended = 0; ended < 6; ended += 1) await gate.end();
    expect(held).toHaveLength(2);
    held.shift()?.();
    await turns();
    expect(held).toHaveLength(2);
    expect(sent.map(({ acks }) => acks.length)).toEqual([1, 1, 4]);
    for (const answer of held.splice(0)) answer();
    await turns(8);
    expect(made.worker.activeJobs).toBe(4);
  });

  it("do not go beyond what a body may hold because of large results", async () => {
    const made = await begin(() => "x".repeat(400_000), { concurrency: 20 });
    made.server.push(...jobs(20));
    await turns(60);
    expect(made.server.acked).toHaveLength(20);
    for (const [outcomes] of shapes(made)) expect(outcomes).toBeLessThanOrEqual(2);
  });
});

describe("concurrency", () => {
  it("is never exceeded, whatever an exchange brings: what is too much goes back", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 3 });
    made.server.push(...jobs(3));
    await made.clock.advance(0);
    const extra = jobs(5);
    made.server.replies.exchange = ({ body }) =>
      body.acks.length === 0 ? undefined : respond(200, { acks: body.acks, nacks: [], jobs: extra.splice(0) });
    await gate.end();
    expect([gate.running, gate.most, made.worker.activeJobs]).toEqual([3, 3, 3]);
    delete made.server.replies.exchange;
    await turns(8);
    const handedBack = made.server.of("nack").filter(({ body }) => body.requeue === true);
    expect(handedBack).toHaveLength(4);
  });

  it("holds for jobs whose slot an outcome was to free that has to be told again", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 1 });
    made.server.push(...jobs(2));
    await made.clock.advance(0);
    made.server.replies.ack = () => refuse(503, "backend_error");
    await gate.end();
    expect(gate.entered).toHaveLength(1);
    expect(made.server.of("nack").map(({ body }) => body.requeue)).toEqual([true]);
    expect(made.worker.activeJobs).toBe(1);
  });

  it("counts jobs that are asked for: a parked fetch and the exchanges never ask for more than there is room", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 6 });
    let held = 0;
    const holding = (delta: number): void => {
      held += delta;
      expect(held).toBeLessThanOrEqual(6);
    };
    const ask = made.server.request.bind(made.server);
    made.server.request = async (request) => {
      const body = JSON.parse(request.body ?? "{}");
      const answer = await ask(request);
      const { jobs: handed = [] } = JSON.parse(answer.body);
      holding(handed.length - (body.acks?.length ?? 0));
      return answer;
    };
    for (let round = 0; round < 60; round += 1) {
      made.server.push(...jobs(1 + (round % 4)));
      await turns(2);
      for (let ends = (round * 7) % 5; ends > 0 && gate.running > 0; ends -= 1) await gate.end();
    }
    expect(gate.most).toBe(6);
    expect(made.complaints()).toEqual([]);
  });
});

describe("an exchange that fails", () => {
  it.each([
    ["on its way", disconnect],
    ["with 503", () => refuse(503, "backend_error")],
    ["with a page", () => respond(200, "<html>")],
    ["with an answer that says nothing", () => respond(200, {})],
  ])("%s is repeated for each of its outcomes", async (_, reply) => {
    const made = await begin(() => "done", { concurrency: 10 });
    made.server.replies.exchange = reply;
    made.server.push(...jobs(5));
    await made.clock.advance(0);
    expect(made.server.of("exchange")).toHaveLength(1);
    expect(made.worker.activeJobs).toBe(5);
    delete made.server.replies.exchange;
    await made.clock.advance(1_000);
    expect(made.worker.activeJobs).toBe(0);
    const [first, ...later] = made.server.of("exchange").map(({ body }) => body.acks);
    expect(later.flat()).toEqual(first);
    expect(made.server.of("nack")).toEqual([]);
  });

  it("because nobody answers is given up after the request timeout", async () => {
    const made = await begin(() => 1, { requestTimeout: "3s" });
    made.server.replies.exchange = hang;
    made.server.push(wireJob());
    await made.clock.advance(3_500);
    expect(made.server.of("exchange")).toHaveLength(2);
    await stopped(made);
  });

  it.each([400, 413, 422])(
    "as a whole with %d is told one by one: it was not about every one of them",
    async (status) => {
      const made = await begin((job) => job.args[0], { concurrency: 4 });
      made.server.replies.exchange = () => refuse(status, "invalid_request");
      const big = wireJob({ args: ["big"] });
      made.server.replies.ack = ({ body }) => (body.job_id === big.id ? refuse(413, "payload_too_large") : undefined);
      made.server.push(big, wireJob({ args: ["small"] }));
      await made.clock.advance(0);
      expect(made.server.acked).toHaveLength(2);
      await made.clock.advance(5_000);
      expect(made.server.of("nack").map(({ body }) => [body.job_id, body.error.code])).toEqual([
        [big.id, "result_rejected"],
      ]);
      expect(made.worker.activeJobs).toBe(0);
    },
  );
});

describe("a server without the exchange", () => {
  it.each<[string, (made: Bench) => void]>([
    ["does not list it", () => undefined],
    ["has no manifest", ({ server }) => (server.replies.manifest = () => refuse(404, "not_found"))],
    ["has a manifest that nobody understands", ({ server }) => (server.replies.manifest = () => respond(200, []))],
  ])("that %s is told of each outcome alone", async (_, prepare) => {
    const made = bench();
    prepare(made);
    made.worker.register("test.job", () => 1);
    await made.worker.start();
    made.server.push(...jobs(5));
    await made.clock.advance(100);
    expect(made.server.acked).toHaveLength(5);
    expect(made.server.of("exchange")).toEqual([]);
  });

  it.each([404, 405, 501])("that lists it and answers %d is asked once; nothing is lost", async (status) => {
    const made = await begin(() => 1, { concurrency: 20 });
    made.server.replies.exchange = () => refuse(status, "not_found");
    made.server.push(...jobs(60));
    await made.clock.advance(1_000);
    expect(made.server.acked).toHaveLength(60);
    expect(new Set(made.server.acked).size).toBe(60);
    expect(made.server.of("exchange").length).toBeLessThanOrEqual(2);
    const before = made.server.of("exchange").length;
    made.server.push(...jobs(60));
    await made.clock.advance(600_000);
    expect(made.server.acked).toHaveLength(120);
    expect(made.server.of("exchange")).toHaveLength(before);
    expect(made.complaints()).toEqual([expect.stringContaining("worker exchange")]);
  });

  it("behind a proxy that answers 404 with a page for a while is not given up", async () => {
    const made = await begin(() => 1);
    made.server.replies.exchange = () => respond(404, "<html>no backend</html>");
    made.server.push(wireJob());
    await made.clock.advance(1_000);
    delete made.server.replies.exchange;
    made.server.push(wireJob());
    await made.clock.advance(1_000);
    expect(made.server.acked).toHaveLength(2);
    expect(made.server.of("exchange")).toHaveLength(2);
    expect(made.complaints()).toEqual([]);
  });

  it("is not even asked for its manifest when the option says no", async () => {
    const made = bench({ exchange: false });
    pave(made.server, "in an exchange");
    made.worker.register("test.job", () => 1);
    await made.worker.start();
    made.server.push(wireJob());
    await made.clock.advance(60_000);
    expect(made.server.acked).toHaveLength(1);
    expect([made.server.of("manifest"), made.server.of("exchange")]).toEqual([[], []]);
  });
});

describe("the manifest", () => {
  it("is asked for once", async () => {
    const made = await begin(() => 1);
    for (let round = 0; round < 20; round += 1) {
      made.server.push(wireJob());
      await made.clock.advance(60_000);
    }
    expect(made.server.acked).toHaveLength(20);
    expect(made.server.of("manifest")).toHaveLength(1);
  });

  it("that cannot be had is asked for again, ever more seldom; until then outcomes travel alone", async () => {
    const made = bench();
    pave(made.server, "in an exchange");
    made.server.replies.manifest = disconnect;
    made.worker.register("test.job", () => 1);
    await made.worker.start();
    for (let second = 0; second < 300; second += 1) {
      made.server.push(wireJob());
      await made.clock.advance(1_000);
    }
    expect(made.server.acked).toHaveLength(300);
    expect(made.server.of("exchange")).toEqual([]);
    expect(made.server.of("manifest").length).toBeLessThan(12);
    delete made.server.replies.manifest;
    for (let second = 0; second < 70; second += 1) {
      made.server.push(wireJob());
      await made.clock.advance(1_000);
    }
    expect(made.server.of("exchange").length).toBeGreaterThan(5);
    expect(made.complaints()).toEqual([]);
  });

  it("that never comes keeps neither outcomes nor the end of the worker waiting", async () => {
    const made = bench();
    made.server.replies.manifest = hang;
    made.worker.register("test.job", () => 1);
    await made.worker.start();
    made.server.push(wireJob());
    await made.clock.advance(0);
    expect(made.server.acked).toHaveLength(1);
    await stopped(made, 1_000);
    expect(made.clock.nextAlarm).toBeUndefined();
  });
});

describe("a worker that stops", () => {
  it("asks for no jobs with its last outcomes", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 2 });
    made.server.push(...jobs(3));
    await made.clock.advance(0);
    const stopping = made.worker.stop();
    await gate.end();
    await gate.end();
    await made.clock.advance(1_000);
    await stopping;
    for (const [, wanted] of shapes(made)) expect(wanted).toBe(0);
    expect(made.server.acked).toHaveLength(2);
    expect(made.server.waiting).toBe(1);
  });

  it("hands back what an exchange brings that was on its way, before it says goodbye", async () => {
    const gate = new Gate();
    const made = await begin(gate.handler, { concurrency: 1 });
    const [first, second] = jobs(2);
    made.server.push(first, second);
    await made.clock.advance(0);
    const { held } = holdExchanges(made);
    await gate.end();
    const stopping = made.worker.stop();
    await made.clock.advance(100);
    for (let answered = 0; answered < 3; answered += 1) {
      held.shift()?.();
      await made.clock.advance(100);
    }
    await stopping;
    expect(gate.entered).toHaveLength(1);
    expect(made.server.of("nack").map(({ body }) => [body.job_id, body.requeue])).toEqual([[second.id, true]]);
    expect(made.server.received.at(-1)?.body.state).toBe("terminate");
  });
});
