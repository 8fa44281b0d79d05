/** Clients that break the rules, on real sockets: every one gets an answer or is cut off, and the server lives on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TestServer, type TestServerOptions, testServer } from "../server/test-server.ts";
import { openConnection, type RawAnswer, type RawConnection } from "./raw-connection.ts";

interface Reachable extends AsyncDisposable {
  readonly test: TestServer;
  readonly port: number;
  connect(): Promise<RawConnection>;
}

async function reachable(options: TestServerOptions = {}): Promise<Reachable> {
  const test = await testServer(options);
  const { port } = await test.server.listen(0);
  return {
    test,
    port,
    connect: () => openConnection(port),
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

/** The head of a request with a body of `length` bytes. */
function head(target: string, length: number, ...more: readonly string[]): string {
  return [`POST ${target} HTTP/1.1`, "Host: localhost", `Content-Length: ${length}`, ...more, "", ""].join("\r\n");
}

function post(target: string, body: string, ...more: readonly string[]): string {
  return head(target, Buffer.byteLength(body), ...more) + body;
}

const GET_HEALTH = "GET /ojs/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
const JOB = '{"type":"test.job","args":[]}';

function expectError(answer: RawAnswer, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    "content-type": "application/openjobspec+json",
    "ojs-version": "1.0",
    "x-request-id": expect.stringMatching(/^req_/),
  });
  expect(JSON.parse(answer.body).error).toMatchObject({ code: expect.any(String), retryable: false });
}

async function expectAlive({ connect }: Reachable): Promise<void> {
  using connection = await connect();
  connection.write(GET_HEALTH);
  expect((await connection.answer()).status).toBe(200);
}

describe("bytes that are no HTTP", () => {
  it.each([
    ["garbage", "\x00\x01\x02 garbage\r\n\r\n"],
    ["an unknown method", "PUSH / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a bad version", "GET / HTTP/7\r\nHost: localhost\r\n\r\n"],
    ["a bad header", "GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    ["length and chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ])("%s is answered with 400 and the connection ends", async (_name, bytes) => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(bytes);
    expectError(await connection.answer(), 400);
    await connection.closed();
    await expectAlive(server);
  });

  it("random bytes never bring the server down", async () => {
    await using server = await reachable();
    const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bytes, async (parts) => {
        using connection = await server.connect();
        for (const part of parts) connection.write(part);
        connection.socket.end();
        await connection.closed();
      }),
      { seed: 7, numRuns: 100 },
    );
    await expectAlive(server);
  });

  it("random bodies with a true length are answered", async () => {
    await using server = await reachable();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (body) => {
        using connection = await server.connect();
        connection.write(Buffer.concat([Buffer.from(head("/ojs/v1/jobs", body.length)), body]));
        expectError(await connection.answer(), 400);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it("a body that is not UTF-8 is refused, not repaired", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    const body = Buffer.concat([Buffer.from('{"type":"a","args":["'), Buffer.from([0xff, 0xfe]), Buffer.from('"]}')]);
    connection.write(Buffer.concat([Buffer.from(head("/ojs/v1/jobs", body.length)), body]));
    const answer = await connection.answer();
    expectError(answer, 400);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: "invalid_payload" });
  });

  it("a head that is too large is 431", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`);
    expectError(await connection.answer(), 431);
  });

  it("CONNECT is answered", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n");
    expectError(await connection.answer(), 405);
  });

  it("CONNECT and a reset do not end the process", async () => {
    await using server = await reachable();
    const connection = await server.connect();
    connection.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n");
    connection.socket.resetAndDestroy();
    await expectAlive(server);
  });

  it("a foreign Host on loopback is 403", async () => {
    await using server = await reachable({ allowedHosts: ["jobs.example"] });
    using connection = await server.connect();
    for (const [host, status] of [
      ["evil.example", 403],
      ["jobs.example:80", 200],
      ["127.0.0.1", 200],
      ["[::1]:8080", 200],
    ]) {
      connection.write(`GET /ojs/v1/health HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await connection.answer()).status).toBe(status);
    }
  });
});

describe("slow clients", () => {
  const hasty = { headersTimeoutMs: 80, requestTimeoutMs: 160 };

  it("with a head that never ends get 408", async () => {
    await using server = await reachable(hasty);
    using connection = await server.connect();
    connection.write("GET /ojs/v1/health HTTP/1.1\r\nHost: local");
    expectError(await connection.answer(), 408);
    await connection.closed();
    await expectAlive(server);
  });

  it("with a body that never ends get 408", async () => {
    await using server = await reachable(hasty);
    using connection = await server.connect();
    connection.write(`${head("/ojs/v1/jobs", 100)}{"type":`);
    expectError(await connection.answer(), 408);
    await connection.closed();
    expect((await server.test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("that say nothing at all are cut off", async () => {
    await using server = await reachable(hasty);
    using connection = await server.connect();
    await connection.closed();
    await expectAlive(server);
  });
});

describe("clients that stay", () => {
  it.each([
    ["saying nothing", ""],
    ["with half a head", "GET / HTTP/1.1\r\nHo"],
    ["with half a body", `${head("/ojs/v1/jobs", 100)}{`],
  ])("%s do not keep a server from closing", async (_name, bytes) => {
    const server = await reachable();
    using connection = await server.connect();
    if (bytes !== "") connection.write(bytes);
    await expectAlive(server);
    await server.test.server.close({ graceMs: 50 });
    await connection.closed();
  });
});

describe("clients that go away", () => {
  it("in the middle of a body leave nothing behind", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(`${head("/ojs/v1/jobs", 100)}${JOB}`);
    connection.socket.destroy();
    await expectAlive(server);
    expect((await server.test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("during a waiting fetch get no job", async () => {
    await using server = await reachable();
    const connection = await server.connect();
    connection.write(post("/ojs/v1/workers/fetch", '{"queues":["default"],"wait_ms":30000}'));
    await expectAlive(server);
    connection.socket.destroy();
    await expectAlive(server);
    const { id } = await server.test.enqueue();
    expect(await server.test.fetchOne()).toMatchObject({ id, attempt: 1 });
  });

  it("while half closed are let go, and their waiting fetch with them", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(post("/ojs/v1/workers/fetch", '{"queues":["default"],"wait_ms":30000}'));
    await expectAlive(server);
    connection.socket.end();
    await connection.closed();
    const { id } = await server.test.enqueue();
    expect(await server.test.fetchOne()).toMatchObject({ id });
  });

  it("with answers still in the pipeline lose no job", async () => {
    await using server = await reachable();
    const connection = await server.connect();
    const waiting = post("/ojs/v1/workers/fetch", '{"queues":["nothing-here"],"wait_ms":30000}');
    const second = post("/ojs/v1/workers/fetch", '{"queues":["default"],"wait_ms":30000}');
    connection.write(waiting + second);
    await expectAlive(server);
    // The second fetch gets this job, but its answer has to wait behind the first one.
    const { id } = await server.test.enqueue({ options: { retry: { max_attempts: 1 } } });
    await expect.poll(async () => (await server.test.get(`/ojs/v1/jobs/${id}`)).body.job.state).toBe("active");
    connection.socket.destroy();
    await expect.poll(async () => (await server.test.get(`/ojs/v1/jobs/${id}`)).body.job.state).toBe("available");
  });
});

describe("bodies that are too large", () => {
  const small = { maxBodyBytes: 1_000 };

  it("are refused by their declared length, before they arrive", async () => {
    await using server = await reachable(small);
    using connection = await server.connect();
    connection.write(head("/ojs/v1/jobs", 1_001));
    const answer = await connection.answer();
    expectError(answer, 413);
    expect(JSON.parse(answer.body).error.details).toMatchObject({ actual: 1_001, max: 1_000 });
  });

  it("are refused while they arrive in chunks", async () => {
    await using server = await reachable(small);
    using connection = await server.connect();
    connection.write("POST /ojs/v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.write(`258\r\n${"x".repeat(600)}\r\n`);
    connection.write(`258\r\n${"x".repeat(600)}\r\n`);
    expectError(await connection.answer(), 413);
  });

  it("may be sent to the end, and the connection goes on", async () => {
    await using server = await reachable(small);
    using connection = await server.connect();
    connection.write(post("/ojs/v1/jobs", "x".repeat(1_500)));
    expectError(await connection.answer(), 413);
    connection.write(post("/ojs/v1/jobs", JOB));
    expect((await connection.answer()).status).toBe(201);
  });

  it("are cut off when they go on and on", async () => {
    await using server = await reachable(small);
    using connection = await server.connect();
    connection.write(head("/ojs/v1/jobs", 1_000_000));
    expectError(await connection.answer(), 413);
    connection.write("x".repeat(100_000));
    await connection.closed();
  });

  it("of 16 MiB exactly are read", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    const job = `{"type":"test.job","args":["${"x".repeat(1_000_000)}"]}`;
    const filler = `{"jobs":[${Array.from({ length: 16 }, () => job).join(",")}]}`;
    const body = filler.padEnd(16 * 1_024 * 1_024, " ");
    connection.write(post("/ojs/v1/jobs/batch", body));
    expect((await connection.answer()).status).toBe(201);
  });
});

describe("HTTP as it should be", () => {
  it("answers pipelined requests in order", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    const names = ["one", "two", "three"];
    connection.write(names.map((name) => post(`/ojs/v1/queues/${name}/pause`, "")).join(""));
    for (const name of names) expect(JSON.parse((await connection.answer()).body).queue.name).toBe(name);
  });

  it("asks for the body of a client that waits for that", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(head("/ojs/v1/jobs", JOB.length, "Expect: 100-continue"));
    expect((await connection.answer()).status).toBe(100);
    connection.write(JOB);
    expect((await connection.answer()).status).toBe(201);
  });

  it.each([
    ["a body that is too large", head("/ojs/v1/jobs", 17_000_000, "Expect: 100-continue"), 413],
    ["an unknown path", head("/nowhere", 10, "Expect: 100-continue"), 404],
    ["a wrong type", head("/ojs/v1/jobs", 10, "Expect: 100-continue", "Content-Type: text/plain"), 400],
  ])("does not ask for %s", async (_name, bytes, status) => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(bytes);
    const answer = await connection.answer();
    expect(answer.status).toBe(status);
    expect(answer.headers.connection).toBe("close");
  });

  it("ignores expectations that it does not know", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write(post("/ojs/v1/jobs", JOB, "Expect: miracles"));
    expect((await connection.answer()).status).toBe(201);
  });

  it("understands the absolute form of a target, repeated headers and HTTP/1.0", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write("GET http://localhost/ojs/v1/health?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await connection.answer()).status).toBe(200);
    connection.write(
      post("/ojs/v1/jobs", JOB, "OJS-Version: 1.0", "OJS-Version: 1.0", "X-Request-Id: a", "X-Request-Id: b"),
    );
    const twice = await connection.answer();
    expect([twice.status, twice.headers["x-request-id"]]).toEqual([201, "a"]);
    connection.write("GET /ojs/v1/health HTTP/1.0\r\n\r\n");
    expect((await connection.answer()).status).toBe(200);
    await connection.closed();
  });

  it("sends the length and no body for HEAD, and neither for OPTIONS", async () => {
    await using server = await reachable();
    using connection = await server.connect();
    connection.write("HEAD /ojs/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await connection.answer()).toMatchObject({ status: 200, body: "" });
    connection.write("OPTIONS /ojs/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await connection.answer()).toMatchObject({ status: 204, body: "" });
  });
});
