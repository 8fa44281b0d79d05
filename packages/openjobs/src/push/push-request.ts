/** What a server posts to a function (ojs-serverless §2.2). */
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-object.ts";

/** A delivery, read. */
export interface PushDelivery {
  readonly deliveryId: string;
  readonly workerId: string;
  readonly job: Job;
}

/**
 * Reads the body of a call whose signature is right.
 *
 * @throws OjsValidationError when it is none.
 */
export function readDelivery(body: Uint8Array): PushDelivery {
  const wire = parsed(new TextDecoder().decode(body));
  if (!isJsonObject(wire)) throw notADelivery("", "it is no JSON object");
  const { delivery_id: deliveryId, worker_id: workerId, job } = wire;
  // In the signed body, not in the header: a replay must not pass for something new.
  if (typeof deliveryId !== "string" || deliveryId === "") throw notADelivery("delivery_id", "it has no delivery_id");
  return { deliveryId, workerId: typeof workerId === "string" ? workerId : "push", job: jobOf(job) };
}

/** As `JSON.parse` reads it, like every other answer of a server: jobs of other servers may hold numbers that are not exact. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw ojsError("invalid_payload", "The body is no JSON.", { cause });
  }
}

function jobOf(wire: unknown): Job {
  try {
    return decodeJob(wire);
  } catch (error) {
    if (error instanceof OjsError) throw notADelivery("job", "its job has no id or type");
    throw error;
  }
}

function notADelivery(field: string, why: string): OjsError {
  return ojsError("invalid_request", `This is no push delivery: ${why}.`, {
    hint: 'The server posts {"job": …, "worker_id": …, "delivery_id": …}; is this the URL of a push endpoint?',
    details: { field },
  });
}
