/** From what a handler says of its progress to what travels (ojs-progress §5). */
import type { ProgressCount } from "../middleware/job-context.ts";
import type { ProgressReport } from "./protocol.ts";

/** A count travels as a fraction and, for whoever shows it, as it is. Of nothing there is no fraction: 0 of 0 is only told. */
export function progressReport(done: number | ProgressCount, data?: Readonly<Record<string, unknown>>): ProgressReport {
  if (typeof done === "number") return { ...fractionOf(done, 1), ...(data === undefined ? {} : { data }) };
  const { current, total, message } = done;
  const told = { ...fractionOf(current, total), data: { current, total, ...data } };
  return message === undefined ? told : { ...told, message };
}

function fractionOf(current: number, total: number): Pick<ProgressReport, "progress"> {
  const fraction = current / total;
  return Number.isFinite(fraction) ? { progress: fraction } : {};
}
