import type { EngineContext } from "../context.ts";

/** What cron jobs need of an engine. */
export type CronParts = Omit<EngineContext, "crons">;
