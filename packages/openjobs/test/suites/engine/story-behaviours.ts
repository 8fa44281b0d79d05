/** Stories in which everything happens at once and servers are killed, and the promises that they put to the test. */
import { type Drawn, runsOf, STORIES_TIMEOUT_MS } from "../../support/runs.ts";
import type { EngineBehaviour } from "./bench.ts";
import { tellCronStories } from "./cron-stories.ts";
import { tellLimitStories } from "./limit-stories.ts";
import { tellStories } from "./model-property.ts";
import type { TellStories } from "./stories.ts";
import { tellUniqueStories } from "./unique-stories.ts";
import { tellWorkflowStories } from "./workflow-stories.ts";

export const storyBehaviours: readonly EngineBehaviour[] = [
  behaviour("keeps its promises among work, operation and crashes", "engine stories", tellStories),
  behaviour("lets one of several jobs win that count as the same", "unique stories", tellUniqueStories),
  behaviour("exceeds no limit, and lets nobody wait in vain", "limit stories", tellLimitStories),
  behaviour("fires every slot at most once, and never more than one policy allows", "cron stories", tellCronStories),
  behaviour("ends every workflow as its jobs end, and each step once", "workflow stories", tellWorkflowStories),
];

function behaviour(promise: string, drawn: Drawn, tell: TellStories): EngineBehaviour {
  const name = `${promise}, in ${runsOf(drawn)} stories`;
  return { name, timeoutMs: STORIES_TIMEOUT_MS, random: true, run: ({ open }) => tell(open) };
}
