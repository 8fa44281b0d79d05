/** A test hook (decisions 2.9): an official case wants to see a server-side middleware refuse a job. */
import { ojsError } from "../core/errors.ts";
import type { NewJob } from "../core/job-request.ts";

/**
 * Stands for a middleware that wants arguments: refuses a job without any whose `meta.ojs_validate` is true. Only for engines
 * with test hooks, because to everybody else a member of meta means nothing to the server.
 *
 * @throws OjsError `validation_error` (422).
 */
export function validateByHook({ args, meta }: Pick<NewJob, "args" | "meta">): void {
  const { ojs_validate: wanted }: { ojs_validate?: unknown } = JSON.parse(meta);
  if (wanted !== true || JSON.parse(args).length > 0) return;
  throw ojsError("validation_error", "The job asks to be validated and has no arguments.", {
    details: { field: "args" },
  });
}
