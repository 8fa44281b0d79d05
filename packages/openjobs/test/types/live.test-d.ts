/** What subscriptions promise to a compiler. */
import { type GapEvent, type LiveEvent, type LiveEvents, OjsClient } from "openjobs";

const client = new OjsClient({ url: "http://localhost:8080" });

export async function kinds(): Promise<void> {
  await using events: LiveEvents = client.subscribe({ channels: ["queue:a"], types: ["job.*"], after: "x" });
  await events.ready();
  for await (const event of events) {
    // @ts-expect-error not every event is about a job
    event.jobId.toUpperCase();
    if (event.kind === "state") event.from.concat(event.to, event.jobId, event.queue, event.jobType);
    if (event.kind === "job") event.jobType?.toUpperCase();
    if (event.kind === "workflow") event.workflowId.toUpperCase();
    if (event.kind === "gap") told(event.reason, event.missed);
    if (event.type === "job.state_changed" && event.kind !== "other" && event.kind !== "gap") event.jobId.concat();
    // @ts-expect-error there is no such kind
    if (event.kind === "jobs") return;
  }
}

declare function told(reason: GapEvent["reason"], missed: number | undefined): void;

/** All kinds are named: one more breaks this. */
export function exhaustive(event: LiveEvent): string {
  switch (event.kind) {
    case "state":
    case "job":
      return event.jobId;
    case "workflow":
      return event.workflowId;
    case "queue":
      return event.queue;
    case "worker":
      return event.workerId;
    case "cron":
      return event.cronName;
    case "gap":
      return event.reason;
    case "other":
      return event.type;
  }
}

export function options(): void {
  client.subscribeJob("id", { signal: AbortSignal.timeout(5), types: ["job.progress"] });
  // @ts-expect-error a queue has no channels
  client.subscribeQueue("q", { channels: ["all"] });
  // @ts-expect-error a list
  client.subscribe({ types: "job.*" });
}

export async function results(): Promise<void> {
  const job = await client.enqueue<[number], { url: string }>("report.build", [1]);
  const result = await client.result(job, { timeout: "5m", signal: AbortSignal.timeout(5) });
  result.url.toUpperCase();
  // @ts-expect-error the job says what its result is
  result.uri.toUpperCase();
  const named = await client.result<number>("id");
  named.toFixed();
  const unknown = await client.result("id");
  // @ts-expect-error nobody has promised anything
  unknown.toFixed();
  // @ts-expect-error a wait has no other options
  await client.result(job, { totalTimeout: "5m" });
}
