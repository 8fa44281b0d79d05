/** Settings of queues (ojs-queue-config §9.1; ojs-admin-api §6.6). */
import { stringifyJson } from "../../core/json.ts";
import { DEFAULT_POLICY } from "../../core/queue-config.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { QueueConfig } from "../../engine/queue-config-view.ts";
import { type Answer, ok, type Route, type RouteRequest } from "../route.ts";
import { queueNameOf } from "./queue-name.ts";

/** The same under both paths: the page about queues has one, the page about operators the other. */
export function queueConfigRoutes(engine: Engine): readonly Route[] {
  return ["/ojs/v1/queues/:name/config", "/ojs/v1/admin/queues/:name/config"].flatMap((path): Route[] => [
    {
      method: "GET",
      path,
      describe: { tag: "Queues", summary: "Look at the settings of a queue", answers: { 200: "QueueConfig" } },
      run: async (request) => answer(await engine.getQueueConfig(nameOf(request))),
    },
    {
      method: "PUT",
      path,
      readsBody: true,
      describe: {
        tag: "Queues",
        summary: "Change settings of a queue",
        body: "QueueConfigChange",
        answers: { 200: "QueueConfig" },
      },
      run: async (request) => answer(await engine.changeQueueConfig(nameOf(request), request.body)),
    },
  ]);
}

/** The default policy has the name of no queue. */
function nameOf(request: RouteRequest): string {
  return request.params.name === DEFAULT_POLICY ? DEFAULT_POLICY : queueNameOf(request);
}

function answer({ name, config, applied, ignored, updatedAt }: QueueConfig): Answer {
  const updated = updatedAt === null ? {} : { updated_at: formatTimestamp(updatedAt) };
  return ok(stringifyJson({ name, queue: name, config, applied, ignored, ...updated }));
}
