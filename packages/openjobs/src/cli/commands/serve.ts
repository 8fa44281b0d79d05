/** `ojs serve`: a job server until a signal ends it. */
import type { Logger } from "../../server/index.ts";
import type { Environment } from "../environment.ts";
import { readServeOptions, SERVE_HELP, type ServeOptions } from "./serve-options.ts";
import { stopRequested } from "./stop-signals.ts";

/** Runs the command; resolves with its exit status when the server has stopped. */
export async function serve(args: readonly string[], env: Environment): Promise<number> {
  const options = readServeOptions(args, env);
  if (options === "help") {
    process.stdout.write(SERVE_HELP);
    return 0;
  }
  const { createServerLog } = await import("./server-log.ts");
  await serveUntilStopped(options, createServerLog(options.logLevel));
  return 0;
}

async function serveUntilStopped(options: ServeOptions, logger: Logger): Promise<void> {
  const [{ createServer }, { storageAt }] = await Promise.all([
    import("../../server/index.ts"),
    import("./storage-location.ts"),
  ]);
  const storage = storageAt(options.storage, options);
  const stopped = stopRequested();
  const server = await createServer({
    storage,
    retention: options.retention,
    webhooks: options.webhooks,
    insecure: options.insecure,
    allowedHosts: options.allowedHosts,
    allowedOrigins: options.allowedOrigins,
    testHooks: options.testHooks,
    logger,
    jobLog: options.jobLog,
    labs: options.labs,
    ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
  });
  try {
    const { url } = await server.listen(options.port, options.host);
    process.stdout.write(`listening on ${url}\n`);
    logger.info({ url, storage: storage.traits.name, durability: storage.traits.durability }, "listening");
    logger.info({ signal: await stopped }, "stopping");
  } finally {
    await server.close();
  }
  logger.info({}, "stopped");
}
