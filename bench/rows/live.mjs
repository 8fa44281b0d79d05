/** Live events over HTTP: readers are connections of one process, the server is another. */
import { memoryMb } from "../proc.mjs";
import { sample } from "./sample.mjs";

const GROUP = "Live events, over HTTP, memory";

export const liveRows = [
  endsRow("live-waits", "10,000 waits for the end of a job on 50 connections", ({ live }) => ({
    jobs: live.waits,
    connections: 50,
  })),
  endsRow("live-connections", "1,000 connections, each waits for the end of a job", ({ live }) => ({
    jobs: live.connections,
    connections: live.connections,
  })),
  {
    name: "live-fan-out",
    title: "5,000 events a second to 100 readers",
    group: GROUP,
    main: "idleServer",
    targets: [{ of: "idleServer", atMost: 100 }],
    run: fanOut,
  },
];

/** The task fails when an end is missing or told twice. */
function endsRow(name, title, paramsOf) {
  const run = async (bench) => {
    const server = await bench.ojsServer("memory:");
    const env = { dist: bench.dist, url: server.url };
    const order = { task: "awaitEnds", env, params: paramsOf(bench.sizes) };
    const result = sample(await bench.task(order, { servers: [server.pid] }), server);
    await server.stop();
    return result;
  };
  return { name, title, group: GROUP, main: "rate", run };
}

/** In percent of one core: the enqueuing of the jobs, and the sending of each event to every reader. */
async function fanOut(bench) {
  const server = await bench.ojsServer("memory:");
  const env = { dist: bench.dist, url: server.url };
  const order = { task: "fanOut", env, params: bench.sizes.live.fanOut };
  const { seconds, serverCpu, clientCpu } = await bench.task(order, { servers: [server.pid] });
  const percent = (micros) => micros / (seconds * 1e4);
  const rssServer = memoryMb(server.pid)?.peak;
  await server.stop();
  return { idleServer: percent(serverCpu), idleClient: percent(clientCpu), rssServer };
}
