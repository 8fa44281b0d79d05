/** The two things whose ends are waited for, jobs and workflows: how to look at one, and how a stream tells of its end. */
import type { Workflow, WorkflowStateWord } from "../../core/codec/workflow-decode.ts";
import { apiPath, type Call, queryString } from "../call.ts";
import { awaitEndCall, type JobOutcome, outcomeCall } from "../calls/results.ts";
import { getWorkflowCall } from "../calls/workflows.ts";
import { isFinal } from "../live/job-end.ts";
import type { LiveEvent } from "../live/live-event.ts";
import { type Channels, jobChannels } from "./channels.ts";
import type { Waited } from "./wait.ts";

/** What a look has shown. */
export interface Sight<Outcome> {
  readonly isOver: boolean;
  readonly queue?: string;
  readonly outcome: Outcome;
}

/** See above. */
export interface WaitKind<Outcome> {
  look(id: string): Call<Sight<Outcome>>;
  /** A request that the server holds until the end, for so many seconds; null where there is none. */
  readonly hold: ((id: string, seconds: number) => Call<boolean>) | null;
  /** Which stream tells of the ends of all of these. */
  channelsFor(waits: ReadonlyMap<string, Waited>): Channels;
  /** The id of what has ended with this event. */
  endedBy(event: LiveEvent): string | undefined;
}

/** Jobs (ojs-results §8). */
export const JOBS: WaitKind<JobOutcome> = {
  look: (id) =>
    seen(outcomeCall(id), (outcome) => {
      const { queue, state } = outcome.job;
      return { isOver: isFinal(state), queue, outcome };
    }),
  hold: awaitEndCall,
  channelsFor: jobChannels,
  endedBy: (event) => (event.kind === "state" && isFinal(event.to) ? event.jobId : undefined),
};

const ENDS: readonly string[] = ["workflow.completed", "workflow.failed", "workflow.cancelled"];

/** No channel is of one workflow (ojs-realtime §3.2), so the ends of all are listened to, and of nothing else. */
const ALL_ENDS: Channels = {
  path: apiPath("events", "stream") + queryString({ channel: "all", event_types: ENDS }),
  isWide: false,
  covers: () => true,
};

/** Workflows (ojs-workflows §11). */
export const WORKFLOWS: WaitKind<Workflow> = {
  look: (id) =>
    seen({ ...getWorkflowCall(id), operation: "workflowResult" }, (outcome) => ({
      isOver: isOver(outcome.state),
      outcome,
    })),
  hold: null,
  channelsFor: () => ALL_ENDS,
  endedBy: (event) => (event.kind === "workflow" && ENDS.includes(event.type) ? event.workflowId : undefined),
};

function isOver(state: WorkflowStateWord): boolean {
  return ENDS.includes(`workflow.${state}`);
}

function seen<Outcome>(call: Call<Outcome>, sightOf: (outcome: Outcome) => Sight<Outcome>): Call<Sight<Outcome>> {
  return { ...call, decode: (answer, context) => sightOf(call.decode(answer, context)) };
}
