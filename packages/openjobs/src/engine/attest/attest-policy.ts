/** Queues that take only jobs which bring an attestation. */
import { type OjsError, ojsError } from "../../core/errors.ts";
import type { NewJob } from "../../core/job-request.ts";
import { isJsonObject } from "../../core/json-object.ts";
import type { QueueConfigs } from "../queue-configs.ts";

/**
 * Why a job may not go into its queue; undefined when it may. That there is an attestation is all that is looked at: what is in
 * it is for the workers of that queue to judge. Reads nothing while no queue asks for it.
 */
export function refusalOfUnattested(
  queueConfigs: Pick<QueueConfigs, "wantsAttested">,
  { queue, attributes }: Pick<NewJob, "queue" | "attributes">,
): OjsError | undefined {
  if (!queueConfigs.wantsAttested(queue)) return undefined;
  const { ext_attest: attestation }: { ext_attest?: unknown } = JSON.parse(attributes);
  if (isJsonObject(attestation) && Object.keys(attestation).length > 0) return undefined;
  return ojsError("validation_error", `Queue ${queue} takes only jobs with an attestation.`, {
    details: { field: "ext_attest", queue },
    hint: "Send the attestation as an object under ext_attest, or use another queue.",
  });
}
