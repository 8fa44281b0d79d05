/** One call of a client and one answer: what went over the wire, to the byte, and what the client made of the answer. */
import { OjsClient } from "../../src/client/client.ts";
import type { Transport } from "../../src/client/transport.ts";
import { ManualClock } from "./manual-clock.ts";
import { answer, ScriptedTransport } from "./scripted-transport.ts";

/** A client whose ids are `id-1`, `id-2`, … and whose clock stands still. */
export function clientOn(transport: Transport): OjsClient {
  let count = 0;
  const newId = (): string => {
    count += 1;
    return `id-${count}`;
  };
  return new OjsClient({ transport, retry: false }, { clock: new ManualClock(), newId });
}

/** Makes a call and returns `METHOD path body` and what the client made of the answer. */
export async function exchange<T>(
  response: unknown,
  call: (client: OjsClient) => Promise<T>,
  status = 200,
): Promise<{ sent: string; result: T; headers: Readonly<Record<string, string>> }> {
  const transport = new ScriptedTransport(answer(status, response));
  const result = await call(clientOn(transport));
  const { method, path, body, headers } = transport.last;
  return { sent: [method, path, body].filter((part) => part !== undefined).join(" "), result, headers };
}
