/** Calls as a server makes them, signed by hand with Node's own HMAC. */
import { createHmac } from "node:crypto";

export const SECRET = "whsec_c2VjcmV0IG9mIGEgdGVzdA==";
export const NOW = Date.UTC(2026, 10, 27, 12);

/** What of a call is to be unusual. */
export interface CallChanges {
  readonly job?: object;
  readonly deliveryId?: string;
  readonly secrets?: readonly string[];
  /** Unix milliseconds. */
  readonly at?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent instead of what was signed. */
  readonly sent?: string;
  readonly signed?: string;
  readonly signal?: AbortSignal;
}

/** A call with a job. */
export function pushCall(changes: CallChanges = {}): Request {
  const { job = {}, deliveryId = "del_1", secrets = [SECRET], at = NOW, headers = {} } = changes;
  const whole = {
    id: "019539a4-b68c-7def-8000-1a2b3c4d5e6f",
    type: "mail.send",
    args: [{ to: "é" }],
    attempt: 1,
    ...job,
  };
  const signed = changes.signed ?? JSON.stringify({ job: whole, worker_id: "push_worker_1", delivery_id: deliveryId });
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((one) => createHmac("sha256", one).update(`${timestamp}.${signed}`).digest("hex"));
  return new Request("https://f.example/run", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-ojs-timestamp": timestamp,
      "x-ojs-signature": signatures.map((hex) => `sha256=${hex}`).join(","),
      ...headers,
    },
    body: changes.sent ?? signed,
    ...(changes.signal === undefined ? {} : { signal: changes.signal }),
  });
}
