/** What `createServer` can be told, by name: a misspelt `apiKey` would leave a server open. */
import type { ServerOptions } from "./options.ts";

const OPTION_NAMES: Readonly<Record<keyof ServerOptions, true>> = {
  storage: true,
  retention: true,
  apiKey: true,
  insecure: true,
  logger: true,
  jobLog: true,
  allowedOrigins: true,
  allowedHosts: true,
  maxBodyBytes: true,
  maxHeaderBytes: true,
  headersTimeoutMs: true,
  requestTimeoutMs: true,
  keepAliveTimeoutMs: true,
  labs: true,
  webhooks: true,
  maxLiveReaders: true,
  liveBufferEvents: true,
  clock: true,
  random: true,
  testHooks: true,
};

/** Throws a TypeError for an option that does not exist, and when there is no storage. */
export function checkOptionNames(options: ServerOptions): void {
  if (typeof options?.storage?.traits !== "object") {
    throw new TypeError('createServer needs a storage: { storage: sqlite("jobs.db") }, memory() or postgres({ … }).');
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown === undefined) return;
  const hint =
    unknown === "port" || unknown === "host"
      ? "It is given to `server.listen(port, host)`."
      : `Options are ${Object.keys(OPTION_NAMES).join(", ")}.`;
  throw new TypeError(`There is no option '${unknown}'. ${hint}`);
}
