/** Names of push deliveries: one for each claim of a job, made of the claim, so that nobody has to remember them (ojs-serverless §8). */
import { hash } from "node:crypto";
import type { JobRecord } from "../../core/job.ts";

/** The same for a claim wherever it is made, another one for each claim; in the form of a UUID of version 8. */
export function deliveryIdOf({ id, lease }: Pick<JobRecord, "id" | "lease">): string {
  const digits = hash("sha256", `push ${id} ${lease}`, "hex");
  const groups = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`];
  return `del_${groups.join("-")}-${digits.slice(20, 32)}`;
}
