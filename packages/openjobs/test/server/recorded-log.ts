/** A logger that remembers. */
import type { Logger } from "../../src/server/index.ts";

/** One line of a log. */
export interface Line {
  readonly level: string;
  readonly facts: Record<string, unknown>;
  readonly message: string;
}

/** A logger that writes these levels, and what it has written. */
export function recorder(levels: readonly string[]): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (facts: object, message: string) => lines.push({ level, facts: { ...facts }, message });
  const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { logger: { ...logger, isLevelEnabled: (level) => levels.includes(level) }, lines };
}
