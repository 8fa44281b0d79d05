/** What node:http can do with our client's transport, when the server only repeats what it gets. */
import { load } from "../adapters/openjobs.mjs";

import { startClock } from "./clock.mjs";
import { argsOf } from "./payload.mjs";
import { expectEqual } from "./verify.mjs";

const HEADERS = {
  "content-type": "application/openjobspec+json",
  accept: "application/openjobspec+json",
  "ojs-version": "1.0",
  "x-request-id": "req_019539a4-b68c-7def-8000-1a2b3c4d5e6f",
};

const ID = "019539a4-b68c-7def-8000-1a2b3c4d5e6f";

/** Sends `params.count` jobs, in requests of `params.size`, with `params.lanes` requests in flight. */
export async function echoJobs({ env: { dist, url }, params: { count, lanes, size } }) {
  const { HttpTransport } = await load(dist, "client/node-transport.js");
  const transport = new HttpTransport({ url });
  await send(transport, count / 5, lanes, size);
  const stop = await startClock();
  const echoed = await send(transport, count, lanes, size);
  const result = stop(count);
  expectEqual("jobs echoed", echoed, count);
  await transport.close();
  return result;
}

async function send(transport, count, lanes, size) {
  let sent = 0;
  let echoed = 0;
  const lane = async () => {
    while (sent < count) {
      sent += size;
      const body = JSON.stringify(size === 1 ? jobOf(sent) : { jobs: Array.from({ length: size }, () => jobOf(sent)) });
      const answer = await transport.request({ method: "POST", path: "/ojs/v1/jobs", headers: HEADERS, body });
      const { jobs } = JSON.parse(answer.body);
      echoed += jobs?.length ?? 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return echoed;
}

function jobOf(n) {
  return { id: ID, type: "bench.noop", args: [argsOf(n)], options: { queue: "bench" } };
}
