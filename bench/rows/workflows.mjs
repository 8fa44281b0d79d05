/** Rows of workflows, embedded on SQLite: from their creation to their end by four workers. Figures count jobs. */
import { join } from "node:path";
import { sample } from "./sample.mjs";

const GROUP = "Workflows, SQLite FULL";

/** Ten times the jobs may take twelve times as long. */
const LINEAR = 10 / 12;

export const workflowRows = [
  workflowRow("workflow-batch-1k", "batch of 1,000 and a callback", { form: "batch", share: 10 }),
  workflowRow("workflow-batch-10k", "batch of 10,000 and a callback", { form: "batch", share: 1 }, [
    { atLeast: LINEAR, times: { row: "workflow-batch-1k" } },
  ]),
  workflowRow("workflow-chain-100", "chain of 100", { form: "chain", share: 100 }),
  workflowRow("workflow-chain-1k", "chain of 1,000", { form: "chain", share: 10 }, [
    { atLeast: LINEAR, times: { row: "workflow-chain-100" } },
  ]),
];

/** @param share The part of `sizes.workflow` that it is: sizes are named by what a full run has. */
function workflowRow(name, title, { form, share }, targets = []) {
  return {
    name,
    title,
    group: GROUP,
    main: "rate",
    targets,
    run: async (bench) => {
      const env = { dist: bench.dist, storage: { file: join(bench.folder, "jobs.db") } };
      const count = Math.max(2, Math.floor(bench.sizes.workflow / share));
      return sample(
        await bench.task({ task: "workflow", env, params: { form, count, warmUp: bench.sizes.workflowWarmUp } }),
      );
    },
  };
}
