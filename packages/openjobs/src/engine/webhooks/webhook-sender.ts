/** What an engine needs of whoever speaks HTTP, to tell others of events. */
import type { JsonText } from "../../core/job.ts";
import type { WebhookAnswer } from "../../core/webhook/delivery.ts";

/** One request to a target. */
export interface WebhookPost {
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonText;
  /** How long it may take, in milliseconds; absent = as the sender has it. */
  readonly timeoutMs?: number;
  /** How much of the answer is wanted; absent = enough for a look. */
  readonly answerBytes?: number;
}

/** What came of it. */
export interface WebhookReply extends Omit<WebhookAnswer, "at"> {
  /** The beginning of what the target said. */
  readonly body: string;
  /** Whether there was no answer because time was up. */
  readonly timedOut: boolean;
}

/** Posts to targets. */
export interface WebhookSender {
  /** Why this server would not post there, as the end of a sentence that begins with "url"; undefined = it would. */
  refuses(url: string): string | undefined;
  /** Posts once, within bounds of time and size. Never rejects: what goes wrong is in the answer, also an abort. */
  post(request: WebhookPost, signal?: AbortSignal): Promise<WebhookReply>;
  /** How long one request can take at most, in milliseconds. */
  readonly timeoutMs: number;
}

/** For an engine that nobody has given one: no subscription is accepted, so nothing is ever posted. */
export const NO_SENDER: WebhookSender = {
  refuses: () => "cannot be posted to: this server has no way to send webhooks",
  post: () => Promise.reject(new Error("There is no way to send webhooks.")),
  timeoutMs: 0,
};
