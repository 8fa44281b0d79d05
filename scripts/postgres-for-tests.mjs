// vitest's global setup: one PostgreSQL for a whole run. Whoever needs it first asks for it here, so that a run without
// such tests starts none.
import { once } from "node:events";
import { createServer } from "node:net";
import { startPostgres } from "./postgres-server.mjs";

export default async function setup() {
  let server;
  const listener = createServer((socket) => {
    socket.on("error", () => undefined);
    server ??= startPostgres();
    server.then(
      ({ url, isOurs }) => socket.end(JSON.stringify({ url, isOurs })),
      (error) => socket.end(JSON.stringify({ problem: error.message })),
    );
  });
  listener.listen(0, "127.0.0.1").unref();
  await once(listener, "listening");
  process.env.OJS_TEST_POSTGRES_DOOR = String(listener.address().port);
  return async () => {
    listener.close();
    await server?.then(
      ({ end }) => end(),
      () => undefined,
    );
  };
}
