/** What a job keeps of the one that it replaces (ojs-unique-jobs §5.3). */
import type { JobRecord, JsonText } from "./job.ts";
import type { NewJob } from "./job-request.ts";
import { stringifyJson } from "./json.ts";
import { isMembers, type Members } from "./request-fields.ts";
import { formatTimestamp } from "./time.ts";

/** The request, to be run when `scheduled` would have been: its time is shown as it was written there. */
export function keepSchedule(request: NewJob, scheduled: JobRecord): NewJob {
  const at = scheduled.availableAt;
  const text = membersOf(scheduled.attributes).scheduled_at ?? formatTimestamp(at);
  return { ...request, scheduledAt: at, attributes: withMember(request.attributes, "scheduled_at", text) };
}

/** Member by member: `__proto__` is a name like any other. */
function withMember(object: JsonText, name: string, value: unknown): JsonText {
  const others = Object.entries(membersOf(object)).filter(([other]) => other !== name);
  const members = [[name, value] as const, ...others];
  return `{${members.map(([key, member]) => `${stringifyJson(key)}:${stringifyJson(member)}`).join(",")}}`;
}

function membersOf(object: JsonText): Members {
  const value: unknown = JSON.parse(object);
  return isMembers(value) ? value : {};
}
