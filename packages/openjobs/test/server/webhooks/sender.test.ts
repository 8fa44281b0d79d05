import { lookup } from "node:dns";
import { describe, expect, it } from "vitest";
import { createWebhookSender } from "../../../src/server/webhooks/http-sender.ts";
import { isPublicAddress } from "../../../src/server/webhooks/public-addresses.ts";
import { lookupPublic, refusalOf } from "../../../src/server/webhooks/target-rules.ts";
import { MISBEHAVIOURS, webhookTarget } from "../../support/webhook-targets.ts";

/** Enough for a target that answers, and little enough to wait for one that does not. */
const TIMEOUT_MS = 150;

const sender = createWebhookSender({ targets: "any", timeoutMs: TIMEOUT_MS });

function post(url: string, signal?: AbortSignal) {
  return sender.post({ url, headers: { "content-type": "application/json", "x-some": "1" }, body: '{"é":1}' }, signal);
}

describe("a sender of webhooks", () => {
  it("posts the bytes that it was given, and tells what the target said", async () => {
    await using target = await webhookTarget((response) => void response.writeHead(201).end("thanks"));
    expect(await post(target.url)).toMatchObject({ statusCode: 201, error: null, retryAfterMs: null, body: "thanks" });
    const [heard] = target.heard;
    expect(heard?.body).toBe('{"é":1}');
    expect(heard?.headers).toMatchObject({ "content-length": "8", "x-some": "1", "content-type": "application/json" });
  });

  it.each([
    ["7", 7_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", null],
  ])("reads Retry-After: %s", async (text, retryAfterMs) => {
    await using target = await webhookTarget((response) => void response.writeHead(429, { "retry-after": text }).end());
    expect(await post(target.url)).toMatchObject({ statusCode: 429, error: "answered 429", retryAfterMs });
  });

  it("follows no redirect", async () => {
    await using other = await webhookTarget();
    await using target = await webhookTarget((response) => void response.writeHead(307, { location: other.url }).end());
    expect(await post(target.url)).toMatchObject({ statusCode: 307, error: expect.stringContaining("not followed") });
    expect(other.heard).toEqual([]);
  });

  it.each(Object.entries(MISBEHAVIOURS))("spends at most its time on a target that %s", async (_, say) => {
    await using target = await webhookTarget(say);
    const begun = performance.now();
    const reply = await post(target.url);
    // Several times as long, for a busy machine; what hangs takes for ever.
    expect(performance.now() - begun).toBeLessThan(20 * TIMEOUT_MS);
    expect(reply.body.length).toBeLessThanOrEqual(1_024);
    if (reply.statusCode === null) expect(reply.error).not.toBeNull();
  });

  it("can be broken off", async () => {
    await using target = await webhookTarget(MISBEHAVIOURS.hangs);
    const breaking = new AbortController();
    const reply = post(target.url, breaking.signal);
    breaking.abort();
    expect(await reply).toMatchObject({ statusCode: null, error: expect.any(String) });
  });

  it("looks where a URL leads at every request, not only when it was accepted", async () => {
    await using target = await webhookTarget();
    const strict = createWebhookSender({ targets: "public", timeoutMs: TIMEOUT_MS });
    expect(await strict.post({ url: target.url, headers: {}, body: "{}" })).toMatchObject({
      statusCode: null,
      error: "the URL must be an HTTPS URL",
    });
    expect(target.heard).toEqual([]);
  });
});

describe("where webhooks may lead", () => {
  it.each([
    "http://example.com/",
    "https://localhost/",
    "https://a.localhost./",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
  ])("not to %s, unless any target is allowed", (url) => {
    expect(refusalOf(new URL(url), "public")).toMatch(/^must /);
    expect(refusalOf(new URL(url), "any")).toBeUndefined();
  });

  it.each([
    "https://example.com/hooks",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]:8443/x",
    "https://local.example/",
  ])("to %s", (url) => {
    expect(refusalOf(new URL(url), "public")).toBeUndefined();
  });

  it.each(["", "example.com", "127.0.0.1%0", "1.2.3", "::ffff:1.2.3.4"])(
    "not to what is no public address: %s",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  it.each([false, true])("not to a name that leads to this machine (all addresses: %s)", async (all) => {
    const failed = await new Promise((resolve) => lookupPublic("localhost", { all }, resolve));
    expect(String(failed)).toContain("not on the public internet");
    // Without the rule the same name can be looked up.
    expect(await new Promise((resolve) => lookup("localhost", { all }, resolve))).toBeNull();
  });
});
