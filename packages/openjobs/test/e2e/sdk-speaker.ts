/** Speaks to a server in the bytes of one of the official SDKs, and holds each answer up to the strictest of them. */
import type { Wire } from "../support/raw-ojs.ts";
import { expectStrict } from "../support/strict-transport.ts";
import { openConnection } from "./raw-connection.ts";

/** The headers of the Rust SDK, in its order. */
export const RUST = [
  "content-type: application/openjobspec+json",
  "accept: application/openjobspec+json",
  "ojs-version: 1.0",
  "x-request-id: 6f1c2a40-8f0e-4c6b-9b5a-3f2d1e0c9a77",
  "authorization: Bearer T",
];

/** A complete answer. */
export interface SpokenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Wire;
}

export type Speaker = (method: string, path: string, body?: string) => Promise<SpokenAnswer>;

/** Sends with these headers; `pace` decides how many bytes go out at a time. */
export function speakTo(port: () => number, headers: readonly string[], pace = Number.POSITIVE_INFINITY): Speaker {
  return async (method, path, body = "") => {
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port()}`,
      ...headers,
      ...(body === "" && method !== "POST" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ];
    const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
    using connection = await openConnection(port());
    connection.socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += pace) connection.write(bytes.subarray(at, at + pace));
    const answer = await connection.answer();
    const text = answer.body;
    expectStrict({ method, path, headers: { "ojs-version": "1.0" } }, answer);
    return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : JSON.parse(text) };
  };
}
