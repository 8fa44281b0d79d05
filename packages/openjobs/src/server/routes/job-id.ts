/** Job ids in paths and bodies. */
import { ojsError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { isUuid7 } from "../../core/uuid7.ts";
import { requiredName } from "../fields.ts";
import type { RouteRequest } from "../route.ts";

/** The `:id` of a path. What is no id of a job cannot be found, so the storage is not asked for it. */
export function jobIdOf({ params }: RouteRequest): string {
  return known(params.id ?? "");
}

/** The `job_id` of a body: 400 when absent, 404 when it cannot be the id of a job. */
export function jobIdIn(body: JsonObject): string {
  const id = body.job_id;
  // What is an id is a fit name, too: most ids are looked at once only.
  return isId(id) ? id : known(requiredName(body, "job_id"));
}

function known(id: string): string {
  if (isId(id)) return id;
  throw ojsError("not_found", "There is no job with this id.", { details: { resource_type: "job" } });
}

function isId(value: unknown): value is string {
  return typeof value === "string" && isUuid7(value);
}
