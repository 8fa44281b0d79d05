/** A sender that posts nothing and remembers all, for engines without a network. */
import type { WebhookPost, WebhookReply, WebhookSender } from "../../src/engine/webhooks/webhook-sender.ts";

/** What a target answers; `never` = it hangs until the engine gives up. */
export type Script = (post: WebhookPost) => Partial<WebhookReply> | "never";

/** A post, with what it carries parsed. */
export interface Recorded extends WebhookPost {
  readonly type: string;
  readonly subject: string;
  readonly deliveryId: string;
}

const ARRIVED: WebhookReply = {
  durationMs: 0,
  statusCode: 200,
  error: null,
  retryAfterMs: null,
  body: "OK",
  timedOut: false,
};

/** A target's refusal. */
export function answering(statusCode: number, retryAfterMs: number | null = null): Partial<WebhookReply> {
  return { statusCode, error: `answered ${statusCode}`, retryAfterMs };
}

export class RecordingSender implements WebhookSender {
  readonly timeoutMs = 30_000;
  readonly posts: Recorded[] = [];
  readonly #script: Script;

  constructor(script: Script = () => ({})) {
    this.#script = script;
  }

  refuses(url: string): string | undefined {
    return url.includes("private") ? "must not lead into a private network" : undefined;
  }

  async post(post: WebhookPost, signal?: AbortSignal): Promise<WebhookReply> {
    const { type, subject } = JSON.parse(post.body);
    this.posts.push({ ...post, type, subject, deliveryId: post.headers["x-ojs-delivery-id"] ?? "" });
    const reply = this.#script(post);
    if (reply !== "never") return { ...ARRIVED, ...reply };
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    return { ...ARRIVED, statusCode: null, error: "aborted" };
  }

  /** Types of what was posted to this URL, in order. */
  typesTo(url: string): readonly string[] {
    return this.posts.filter((post) => post.url === url).map(({ type }) => type);
  }
}
