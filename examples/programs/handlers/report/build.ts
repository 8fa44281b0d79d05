/** Handles what is defined, with the types of the definition. */
import { defineJob, type JobHandler } from "openjobs";
import { monthName } from "./_month-name.js";

export const job = defineJob<{ month: number }, string>("report.build");

const build: JobHandler<readonly [{ month: number }], string> = ({ args: [{ month }] }) =>
  `Report of ${monthName(month)}`;
export default build;
