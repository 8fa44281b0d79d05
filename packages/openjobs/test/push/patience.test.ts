/** A server and a function on one clock: the function ends before the server's patience does. */
import { createPushHandler, type PushHandler } from "openjobs/push";
import { expect, it } from "vitest";
import { readNewPushEndpoint } from "../../src/core/push/endpoint-request.ts";
import type { WebhookReply, WebhookSender } from "../../src/engine/webhooks/webhook-sender.ts";
import type { JobHandler } from "../../src/middleware/job-context.ts";
import { openMemory } from "../storage/volatile-storages.ts";
import { type EngineBench, QUEUE } from "../suites/engine/bench.ts";
import { runEngineBehaviour } from "../suites/engine-suite.ts";
import { SECRET } from "./signed-request.ts";

/** A sender whose targets are functions in this process; `answered` resolves with the first answer. */
function senderTo(handler: PushHandler): WebhookSender & { readonly answered: Promise<WebhookReply> } {
  let tell = (_: WebhookReply): void => undefined;
  const answered = new Promise<WebhookReply>((resolve) => {
    tell = resolve;
  });
  return {
    answered,
    timeoutMs: 30_000,
    refuses: () => undefined,
    post: async ({ url, headers, body }, signal = new AbortController().signal) => {
      const response = await handler(new Request(url, { method: "POST", headers, body, signal }));
      const text = await response.text();
      const reply = {
        durationMs: 0,
        statusCode: response.status,
        error: null,
        retryAfterMs: null,
        body: text,
        timedOut: false,
      };
      tell(reply);
      return reply;
    },
  };
}

it("aborts the job's signal before the server gives up, and the answer arrives", async () => {
  let begin = (_: AbortSignal): void => undefined;
  const begun = new Promise<AbortSignal>((resolve) => {
    begin = resolve;
  });
  const slow: JobHandler = ({ signal }) => {
    begin(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const run = async (bench: EngineBench): Promise<void> => {
    const { id, type } = await bench.enqueue();
    const sender = senderTo(createPushHandler({ secrets: SECRET, handlers: { [type]: slow }, clock: bench.clock }));
    await bench.start({ webhooks: sender });
    const config = { timeout_ms: 5_000, signing_secret: SECRET };
    await bench.engine.createPushEndpoint(
      readNewPushEndpoint({ endpoint: "https://f.example/", queues: [QUEUE], config }),
    );
    const signal = await begun; // WebCrypto takes its own time
    await bench.advance(13_999); // of the fifteen seconds of a cold call one is for the way back
    expect(signal.aborted).toBe(false);
    await bench.advance(1);
    expect(signal.reason).toMatchObject({ name: "JobAbortError", cause: "timeout" });
    expect(JSON.parse((await sender.answered).body).error).toMatchObject({ code: "timeout", retryable: true });
    await bench.advance(0);
    // By the function's own word: its endpoint has not failed.
    const [error] = JSON.parse((await bench.job({ id })).errors ?? "[]");
    expect([error.code, error.details?.error_class]).toEqual(["timeout", undefined]);
  };
  await runEngineBehaviour({ name: "patience", run }, openMemory);
});
