/** What the examples of push delivery share: a job server that calls a function, and calls as somebody else would make them. */
import { createServer as createHttp } from "node:http";
import type { AddressInfo } from "node:net";
import { OjsClient } from "openjobs";
import { toNodeListener } from "openjobs/node";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

export const SECRET = "whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCE=";

type Handler = (request: Request) => Response | Promise<Response>;

/** A job server that posts the jobs of the queue `mail` to this handler, which is served by `node:http`. */
export async function startPushing(handler: Handler, path = "/") {
  const http = createHttp(toNodeListener(handler));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo; // it listens on a port
  const server = await createServer({ storage: memory(), webhooks: { targets: "any" } }); // `any` allows this machine
  const { url } = await server.listen(0);
  const body = { endpoint: `http://127.0.0.1:${port}${path}`, queues: ["mail"], config: { signing_secret: SECRET } };
  const registered = await fetch(`${url}/ojs/v1/push/endpoints`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (registered.status !== 201) throw new Error(await registered.text());
  const client = new OjsClient({ url });
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      http.close();
      http.closeAllConnections();
    },
  };
}

/** Keeps the calls that come by, and makes them again: as they were, or with other bytes under the same signature. */
export class Eavesdropper {
  #headers = new Headers();
  #body = "";
  #url = "";

  /** Hands a call on. */
  listen(handler: Handler): Handler {
    return async (request) => {
      this.#url = request.url;
      this.#headers = new Headers(request.headers);
      this.#body = await request.clone().text();
      return await handler(request);
    };
  }

  /** The last call once more. */
  replay(): Request {
    return new Request(this.#url, { method: "POST", headers: this.#headers, body: this.#body });
  }

  /** A call with arguments of one's own, under a signature that was made for others. */
  forge(from: string, to: string): Request {
    const body = this.#body.replace(from, to);
    return new Request(this.#url, { method: "POST", headers: this.#headers, body });
  }
}
