/** Whatever takes handlers, for functions that register those of an application. */
import type { JobDefinition } from "../core/definition/define-job.ts";
import type { JobArgs } from "../core/job-args.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { HandlerOptions } from "./handlers.ts";

/**
 * An `OjsWorker`, or the test kit of `openjobs/testing`: what registers the handlers of an application in production does it in its
 * tests, too.
 *
 * @example
 * export function registerHandlers(registry: HandlerRegistry): void {
 *   registry.register(sendEmail, async ({ args: [to, template] }) => ({ messageId: await send(to, template) }));
 * }
 */
export interface HandlerRegistry {
  /** Of a type that is defined. */
  register<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    handler: JobHandler<NoInfer<Args>, NoInfer<Returned>>,
    options?: HandlerOptions,
  ): this;
  /** Of a type by its name. */
  register<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    type: string,
    handler: JobHandler<Args, Result>,
    options?: HandlerOptions,
  ): this;
}
