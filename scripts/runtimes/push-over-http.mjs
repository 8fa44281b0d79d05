// The push handler behind this runtime's own HTTP server, called by the server at OJS_URL.
import * as sdk from "openjobs";
import * as push from "openjobs/push";
import { checkPush, createJobFunction } from "./push.mjs";

const [runtime, url] = process.argv.slice(2);
const { handler, heard } = createJobFunction(push, url);
const { port, stop } = await serve(handler);
const checked = await checkPush({ ...sdk, runtime }, url, `http://127.0.0.1:${port}/`, heard);
await stop();
console.log(`${checked.length} checks of a push handler`);

async function serve(fetch) {
  const hostname = "127.0.0.1";
  if (globalThis.Bun !== undefined) {
    const server = globalThis.Bun.serve({ hostname, port: 0, fetch });
    return { port: server.port, stop: () => server.stop(true) };
  }
  if (globalThis.Deno !== undefined) {
    const server = globalThis.Deno.serve({ hostname, port: 0, onListen: () => undefined }, fetch);
    return { port: server.addr.port, stop: () => server.shutdown() };
  }
  const { createServer } = await import("node:http");
  const { toNodeListener } = await import("openjobs/node");
  const server = createServer(toNodeListener(fetch));
  await new Promise((resolve) => server.listen(0, hostname, resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: server.address().port, stop };
}
