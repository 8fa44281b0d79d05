/** Real requests for every route, by noun, in this order. A new route gets its request in the file of its noun. */
import { companions } from "./companions.ts";
import { crons } from "./crons.ts";
import { deadLetters } from "./dead-letters.ts";
import { bulks, jobs } from "./jobs.ts";
import { labs } from "./labs.ts";
import { operators } from "./operators.ts";
import { push } from "./push.ts";
import { queues } from "./queues.ts";
import type { Scenario } from "./scenario.ts";
import { schemas } from "./schemas.ts";
import { system } from "./system.ts";
import { webhooks } from "./webhooks.ts";
import { workers } from "./workers.ts";
import { workflows } from "./workflows.ts";

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  jobs,
  bulks,
  workers,
  companions,
  queues,
  deadLetters,
  crons,
  workflows,
  schemas,
  webhooks,
  push,
  operators,
  labs,
  system,
};
