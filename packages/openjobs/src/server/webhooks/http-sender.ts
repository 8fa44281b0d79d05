/**
 * Posts to targets that may be slow, broken or hostile: one request costs at most its time and a few kilobytes, whatever the
 * target does. Redirects are not followed, for they could lead anywhere.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { WebhookPost, WebhookReply, WebhookSender } from "../../engine/webhooks/webhook-sender.ts";
import { lookupPublic, refusalOf, type WebhookTargets } from "./target-rules.ts";

/** How much of an answer is kept for a look; the rest is not read. */
const MAX_BODY_BYTES = 1_024;
const MAX_HEAD_BYTES = 16_384;

/** Where to post, and how long it may take. */
export interface SenderOptions {
  readonly targets: WebhookTargets;
  readonly timeoutMs: number;
}

/** What a target said. */
interface Said {
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** The sender of a server. */
export function createWebhookSender({ targets, timeoutMs }: SenderOptions): WebhookSender {
  return {
    timeoutMs,
    refuses: (url) => refusalOf(new URL(url), targets),
    post: (post, signal) => postOnce(post, { targets, timeoutMs }, signal),
  };
}

async function postOnce(post: WebhookPost, options: SenderOptions, signal?: AbortSignal): Promise<WebhookReply> {
  const begun = performance.now();
  const took = (): number => Math.round(performance.now() - begun);
  const { timeoutMs = options.timeoutMs } = post;
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    const url = new URL(post.url);
    // An address in the URL is not looked up, and options may have changed since it was accepted.
    const refusal = refusalOf(url, options.targets);
    if (refusal !== undefined) throw new Error(`the URL ${refusal}`);
    const said = await exchange(url, post, options.targets, ended);
    return replyOf(said, took());
  } catch (cause) {
    const timedOut = timeout.aborted;
    const error = timedOut ? `no answer within ${timeoutMs} ms` : messageOf(cause);
    return { durationMs: took(), statusCode: null, error, retryAfterMs: null, body: "", timedOut };
  }
}

/** One connection for one request: what a target does to it hurts no other. */
function exchange(url: URL, post: WebhookPost, targets: WebhookTargets, signal: AbortSignal): Promise<Said> {
  return new Promise((resolve, reject) => {
    const begin = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = begin(url, {
      method: "POST",
      headers: { ...post.headers, "content-length": Buffer.byteLength(post.body) },
      agent: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      signal,
      ...(targets === "public" ? { lookup: lookupPublic } : {}),
    });
    request.on("error", reject);
    request.on("response", (response) => {
      readSome(response, post.answerBytes ?? MAX_BODY_BYTES).then((body) => {
        request.destroy();
        resolve({ statusCode: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], body });
      }, reject);
    });
    request.end(post.body);
  });
}

/** The status says it all: of the body only what fits is waited for. */
async function readSome(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most).toString("utf8");
}

function replyOf({ statusCode, retryAfter, body }: Said, durationMs: number): WebhookReply {
  const ok = statusCode >= 200 && statusCode < 300;
  const error = ok ? null : `answered ${statusCode}${isRedirect(statusCode) ? ", and redirects are not followed" : ""}`;
  return { durationMs, statusCode, error, retryAfterMs: delayIn(retryAfter), body, timedOut: false };
}

function isRedirect(statusCode: number): boolean {
  return statusCode >= 300 && statusCode < 400;
}

/** `Retry-After` is seconds or a date. */
function delayIn(retryAfter: string | undefined): number | null {
  if (retryAfter === undefined) return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
