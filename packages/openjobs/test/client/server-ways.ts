/** One real server for a file of tests, and the ways in which a client reaches it. */
import { afterAll, beforeAll } from "vitest";
import { FetchTransport } from "../../src/client/fetch-transport.ts";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { Transport, TransportRequest } from "../../src/client/transport.ts";
import { createServer, type OjsServer, type ServerOptions } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { strictly } from "../support/strict-transport.ts";

/** A name, which can be part of the name of a queue, and what opens a transport. */
export type Way = readonly [name: string, open: () => Transport];

/** Starts the server before the file's tests and closes it after them. Every answer must satisfy the strict decoder. */
export function serverWays(options: Partial<ServerOptions> = {}): readonly [inProcess: Way, node: Way, fetch: Way] {
  let server: OjsServer;
  let url: string;
  beforeAll(async () => {
    server = await createServer({ storage: memory(), ...options });
    ({ url } = await server.listen(0));
  });
  afterAll(() => server.close());
  return [
    ["in-process", () => strictly(server.transport)],
    ["node-http", () => strictly(new HttpTransport({ url }))],
    ["fetch", () => strictly(new FetchTransport({ url }))],
  ];
}

/** Delivers requests and loses the first answers, to all of them or to those that are meant. */
export function losing(
  transport: Transport,
  count = 1,
  meant: (request: TransportRequest) => boolean = () => true,
): Transport {
  let left = count;
  return {
    async request(request) {
      const response = await transport.request(request);
      if (left === 0 || !meant(request)) return response;
      left -= 1;
      throw new Error("the connection broke before the answer arrived");
    },
  };
}
