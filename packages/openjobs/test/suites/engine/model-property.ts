/** Interleaved producers, workers, operators and crashes: the promises of design 4 hold in every story. */
import { ModelRun } from "./model-run.ts";
import { modelStories } from "./model-steps.ts";
import { storiesOf, type TellStories } from "./stories.ts";

/** Stories of work, operation and crashes. */
export const tellStories: TellStories = storiesOf("engine stories", modelStories, (bench, { moments }) =>
  new ModelRun(bench).play(moments),
);
