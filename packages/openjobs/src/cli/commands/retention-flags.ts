/** How long `ojs serve` keeps finished jobs: one flag and one variable for each kind of them. */
import type { Retention } from "../../server/index.ts";
import { type Environment, variable } from "../environment.ts";
import { UsageError } from "../usage-error.ts";

/** For `parseArgs`. */
export const retentionFlags = {
  "retain-completed": { type: "string" },
  "retain-cancelled": { type: "string" },
  "retain-discarded": { type: "string" },
  "retain-dead-letters": { type: "string" },
} as const;

/** The part of `ojs serve --help`. */
export const RETENTION_HELP = `\
  --retain-completed TIME   OJS_RETENTION_COMPLETED     7d; how long finished jobs are kept:
  --retain-cancelled TIME   OJS_RETENTION_CANCELLED     7d  90s, 36h, 7d, P30D or forever
  --retain-discarded TIME   OJS_RETENTION_DISCARDED     30d (in memory: 1h, 1h and 1d)
  --retain-dead-letters TIME OJS_RETENTION_DEAD_LETTERS 180d`;

type Flags = { readonly [Name in keyof typeof retentionFlags]?: string | undefined };

/** The server has the last word on times; what cannot be one is refused here, by the name of its flag. */
export function readRetentionFlags(flags: Flags, env: Environment): Retention {
  return {
    ...timeOf("completed", "--retain-completed", flags["retain-completed"], variable(env, "OJS_RETENTION_COMPLETED")),
    ...timeOf("cancelled", "--retain-cancelled", flags["retain-cancelled"], variable(env, "OJS_RETENTION_CANCELLED")),
    ...timeOf("discarded", "--retain-discarded", flags["retain-discarded"], variable(env, "OJS_RETENTION_DISCARDED")),
    ...timeOf(
      "deadLetters",
      "--retain-dead-letters",
      flags["retain-dead-letters"],
      variable(env, "OJS_RETENTION_DEAD_LETTERS"),
    ),
  };
}

const TIME = /^(?:forever|P[0-9A-Z.,]+|(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+)$/;

function timeOf(
  kind: keyof Retention,
  flag: string,
  given: string | undefined,
  fallback: string | undefined,
): Retention {
  const time = given ?? fallback;
  if (time === undefined) return {};
  if (TIME.test(time)) return { [kind]: time };
  throw new UsageError(`${flag} must be a time such as 36h, 7d or P30D, or forever.`);
}
