/** Holds every answer of a server up to the strictest of the official SDKs, whatever the test is about. */
import type { Transport } from "../../src/client/transport.ts";
import { strictProblems } from "./strict-decoder.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface Answered {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | undefined;
}

/** Throws when the Rust SDK could not read the answer. */
export function expectStrict(asked: Asked, answer: Answered): void {
  const { status, body } = answer;
  const { method, path, headers } = asked;
  const sdk = headers["ojs-version"] !== undefined;
  const minimal = answer.headers["preference-applied"] !== undefined;
  const problems = strictProblems({ method, path, status, sdk, minimal, text: body ?? "" });
  if (problems.length === 0) return;
  throw new Error(
    `the Rust SDK cannot read the answer ${status} to ${method} ${path}: ${problems.join("; ")}\n${body}`,
  );
}

/** A transport that does it with each answer. */
export function strictly(transport: Transport): Transport {
  return {
    async request(request) {
      const response = await transport.request(request);
      expectStrict(request, response);
      return response;
    },
    ...(transport.stream === undefined ? {} : { stream: transport.stream.bind(transport) }),
    close: async () => transport.close?.(),
  };
}
