/** Queue names in paths and filters. */
import { isQueueName } from "../../core/queue-name.ts";
import { fieldError } from "../fields.ts";
import type { RouteRequest } from "../route.ts";

const EXPECTED = "a queue name: lower-case letters, digits, dots and dashes";

/** The `:name` of a path. */
export function queueNameOf({ params }: RouteRequest): string {
  const name = params.name ?? "";
  if (isQueueName(name)) return name;
  throw fieldError("queue", EXPECTED);
}

/** The `queue` parameter of a list; no filter when it is absent. */
export function queueFilter(query: URLSearchParams): { readonly queue?: string } {
  const queue = query.get("queue") ?? "";
  if (queue === "") return {};
  if (isQueueName(queue)) return { queue };
  throw fieldError("queue", EXPECTED);
}
