/** A logger whose lines say which job they are about (ojs-logging §4). */
import type { Logger } from "../client/logger.ts";
import type { Job } from "../core/codec/job-decode.ts";

/** The same logger; facts about the job go before those of the line, and its arguments are never among them. */
export function jobLogger(logger: Logger, { id, type, queue, attempt }: Job): Logger {
  const about = { jobId: id, type, queue, attempt };
  const at =
    (level: keyof Logger): Logger["info"] =>
    (message, facts) =>
      logger[level](message, { ...facts, ...about });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
