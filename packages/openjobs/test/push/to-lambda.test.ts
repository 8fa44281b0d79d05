/** Events in the shapes that AWS documents for payload formats 2.0 and 1.0, and for load balancers. */
import { createPushHandler, type LambdaHttpEvent, toLambda } from "openjobs/push";
import { describe, expect, it, vi } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { NOW, pushCall, SECRET } from "./signed-request.ts";

/** What Lambda hands over when a server calls; every front writes the same call in its own way. */
type Front = (headers: Record<string, string>, body: string) => LambdaHttpEvent & Record<string, unknown>;

const functionUrl: Front = (headers, body) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/",
  rawQueryString: "",
  headers: { ...headers, host: "abc123.lambda-url.eu-central-1.on.aws", "x-forwarded-port": "443" },
  requestContext: {
    accountId: "anonymous",
    apiId: "abc123",
    domainName: "abc123.lambda-url.eu-central-1.on.aws",
    http: { method: "POST", path: "/", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "OJS-Push/1.0" },
    stage: "$default",
    timeEpoch: NOW,
  },
  body,
  isBase64Encoded: false,
});

const inBase64: Front = (headers, body) => ({
  ...functionUrl(headers, ""),
  body: Buffer.from(body).toString("base64"),
  isBase64Encoded: true,
});

const capitalised = (headers: Record<string, string>): [string, string][] =>
  Object.entries(headers).map(([name, value]) => [name.replace(/(^|-)\w/g, (at) => at.toUpperCase()), value]);

/** REST APIs leave names as they were sent, and send each header twice: as a value and as a list. */
const restApi: Front = (headers, body) => ({
  resource: "/jobs",
  path: "/jobs",
  httpMethod: "POST",
  headers: Object.fromEntries(capitalised(headers)),
  multiValueHeaders: Object.fromEntries(capitalised(headers).map(([name, value]) => [name, [value]])),
  queryStringParameters: null,
  pathParameters: null,
  requestContext: { httpMethod: "POST", resourcePath: "/jobs", stage: "prod", requestId: "r" },
  body,
  isBase64Encoded: false,
});

const loadBalancer: Front = (headers, body) => ({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/f/1" } },
  httpMethod: "POST",
  path: "/jobs",
  queryStringParameters: {},
  headers,
  body,
  isBase64Encoded: false,
});

const multiValued: Front = (headers, body) => {
  const { headers: _, ...event } = loadBalancer({}, body);
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { ...event, multiValueHeaders: Object.fromEntries(lists) };
};

async function eventOf(front: Front, request = pushCall()) {
  return front(Object.fromEntries(request.headers), await request.text());
}

describe("a push handler on Lambda", () => {
  it.each([
    ["a function URL", functionUrl, "headers"],
    ["a function URL, in base64", inBase64, "headers"],
    ["a REST API", restApi, "headers"],
    ["a load balancer", loadBalancer, "headers"],
    ["a load balancer with lists of headers", multiValued, "multiValueHeaders"],
  ] as const)("does what comes by %s, and answers where that looks", async (_, front, where) => {
    const handlers = { "mail.send": vi.fn((job) => ({ to: job.arg("to") })) };
    const lambda = toLambda(createPushHandler({ secrets: SECRET, handlers, clock: new TestClock(NOW) }));
    const done = await lambda(await eventOf(front));
    expect(done).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(JSON.parse(done.body)).toEqual({ status: "completed", result: { to: "é" } });
    const json = where === "headers" ? "application/json" : ["application/json"];
    expect(done[where]).toEqual({ "content-type": json });
    const other = where === "headers" ? "multiValueHeaders" : "headers";
    expect(done[other]).toBeUndefined();
    const forged = await lambda(await eventOf(front, pushCall({ secrets: ["whsec_other"], deliveryId: "del_2" })));
    expect(forged.statusCode).toBe(401);
    expect(handlers["mail.send"]).toHaveBeenCalledTimes(1);
  });

  it("takes signatures from as many headers as they come in", async () => {
    const lambda = toLambda(
      createPushHandler({ secrets: SECRET, handlers: { "mail.send": () => 1 }, clock: new TestClock(NOW) }),
    );
    const event = await eventOf(multiValued, pushCall({ secrets: [SECRET] }));
    const [signature = ""] = event.multiValueHeaders?.["x-ojs-signature"] ?? [];
    const two = { ...event.multiValueHeaders, "x-ojs-signature": [`sha256=${"0".repeat(64)}`, signature] };
    expect((await lambda({ ...event, multiValueHeaders: two })).statusCode).toBe(200);
  });
});

describe("the request that an event becomes", () => {
  async function requestOf(event: LambdaHttpEvent, remaining?: number): Promise<Request> {
    let seen: Request | undefined;
    const lambda = toLambda((request) => {
      seen = request;
      return new Response(null, { status: 204 });
    });
    await lambda(event, remaining === undefined ? undefined : { getRemainingTimeInMillis: () => remaining });
    return seen ?? expect.unreachable();
  }
  const get = { rawPath: "/a%20b", rawQueryString: "c=d", requestContext: { http: { method: "GET" } } };

  it("has path, query, method, and no body where there cannot be one", async () => {
    const request = await requestOf(get);
    expect([request.method, request.url, request.body]).toEqual(["GET", "https://lambda/a%20b?c=d", null]);
  });

  it("has every byte of a body in base64", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const body = Buffer.from(bytes).toString("base64");
    const request = await requestOf({ httpMethod: "POST", path: "/", body, isBase64Encoded: true });
    expect(new Uint8Array(await request.arrayBuffer())).toEqual(bytes);
  });

  it("has an empty body when the event has none", async () => {
    expect(await (await requestOf({ httpMethod: "POST", body: null, headers: null })).text()).toBe("");
  });

  it.each([
    ["as long as Lambda lasts", "30000", 4_000.7, "4000"],
    ["as long as the server waits", "3000", 4_000, "3000"],
    ["as long as Lambda lasts, when the server does not say", undefined, 4_000, "4000"],
    ["a moment, when Lambda is at its end", "3000", -5, "1"],
    ["what the server says, without a context", "3000", undefined, "3000"],
  ])("gives the job %s", async (_, said, remaining, given) => {
    const headers = said === undefined ? {} : { "X-OJS-Timeout-Ms": said };
    const request = await requestOf({ httpMethod: "POST", headers }, remaining);
    expect(request.headers.get("x-ojs-timeout-ms")).toBe(given);
  });

  it.each([[{ Records: [] }], [{}], [{ requestContext: { elb: {} } }]])(
    "cannot be made of %j, which is no HTTP event",
    async (event) => {
      const refused = { code: "invalid_request", details: { field: "event.requestContext.http.method" } };
      await expect(requestOf(event as LambdaHttpEvent)).rejects.toMatchObject(refused);
    },
  );
});
