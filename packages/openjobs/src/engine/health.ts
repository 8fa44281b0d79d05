/** Whether the server can do its work (http-binding §5.2). */
import type { EngineContext } from "./context.ts";
import type { Health } from "./facade.ts";

/** Asks the storage for a sign of life; never rejects. */
export async function health({ storage, clock }: EngineContext, startedAt: number): Promise<Health> {
  const before = clock.now();
  const error = await storage.ping().then(
    () => undefined,
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
  const after = clock.now();
  return {
    ok: error === undefined,
    latencyMs: after - before,
    uptimeMs: after - startedAt,
    ...(error === undefined ? {} : { error }),
  };
}
