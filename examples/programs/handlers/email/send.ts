/** Handles `email.send`: the place of the file says so. */
import type { JobContext } from "openjobs";

export default function send(job: JobContext): { sent: unknown } {
  return { sent: job.arg("to") };
}
