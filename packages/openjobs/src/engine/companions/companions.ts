import type { EngineContext } from "../context.ts";
import { checkpointOperations } from "./checkpoints.ts";
import type { CompanionEngine } from "./companion-engine.ts";
import { progressOperations } from "./progress.ts";

/** Binds the operations to an engine. */
export function companionOperations(context: EngineContext): CompanionEngine {
  return { ...progressOperations(context), ...checkpointOperations(context) };
}
