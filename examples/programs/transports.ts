/** One client, four ways to its server: in this process, over kept connections, by fetch, and by something of your own. */
import assert from "node:assert/strict";
import { FetchTransport, OjsClient, type Transport } from "openjobs";
import { HttpTransport } from "openjobs/node";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { url } = await server.listen(0);

const seen: string[] = [];
const recording: Transport = {
  request: (request) => {
    seen.push(`${request.method} ${request.path}`);
    return server.transport.request(request);
  },
};
const transports: readonly Transport[] = [
  server.transport,
  new HttpTransport({ url }),
  new FetchTransport({ url }),
  recording,
];
for (const transport of transports) {
  const client = new OjsClient({ transport });
  const job = await client.enqueue("report.build", [2026]);
  assert.deepEqual((await client.getJob(job.id)).args, [2026]);
  await transport.close?.();
}
assert.deepEqual(seen[0], "POST /ojs/v1/jobs");
assert.equal((await new OjsClient({ transport: server.transport }).getQueueStats("default")).counts.available, 4);
console.log("ok: four jobs came by four ways");
