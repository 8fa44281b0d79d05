/** From what a task reports to what the report is made of. CPU is in microseconds a job, memory in MB. */
import { memoryMb } from "../proc.mjs";

/** @param server Of a task over HTTP: whose memory to add, before it is stopped. */
export function sample({ jobs, rate, clientCpu, serverCpu, rssClient, requests, calls }, server) {
  return {
    rate,
    clientCpu: clientCpu / jobs,
    rssClient,
    ...(serverCpu === undefined ? {} : { serverCpu: serverCpu / jobs }),
    ...(requests === undefined ? {} : { requestsPerJob: requests / jobs, calls }),
    ...(server === undefined ? {} : { rssServer: memoryMb(server.pid)?.peak }),
  };
}
