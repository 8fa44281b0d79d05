/** A workflow as its request describes it, checked: jobs in chains, groups, batches and graphs. */
import type { JsonText } from "../job.ts";
import type { NewJob } from "../job-request.ts";
import type { ReadyJob } from "./release.ts";
import type { CallbackKind } from "./workflow.ts";

/** What all parts of a workflow have. */
export interface Named {
  /** Unique in the workflow. */
  readonly id: string;
  readonly name: string | null;
  /** Ids of nodes of the same graph; null outside of graphs. */
  readonly dependsOn: readonly string[] | null;
  /** Where it is in its request: `steps[2].jobs[0]`. */
  readonly field: string;
}

/** A job. */
export interface JobNode extends Named {
  readonly kind: "job";
  readonly request: Omit<NewJob, "id" | "source">;
  readonly relative: ReadyJob["relative"];
  /** Set in a graph: this step is a callback (sdk-wire-contract §0.5). */
  readonly callback: CallbackKind | null;
}

/** One after the other, or all at once. */
export interface ListNode extends Named {
  readonly kind: "chain" | "group";
  readonly nodes: readonly DefinitionNode[];
}

/** All at once, and then callbacks. */
export interface BatchNode extends Named {
  readonly kind: "batch";
  readonly nodes: readonly DefinitionNode[];
  /** In the order of `CALLBACK_KINDS`. */
  readonly callbacks: readonly JobNode[];
}

/** Each when those that it depends on have ended. */
export interface GraphNode extends Named {
  readonly kind: "graph";
  readonly nodes: readonly DefinitionNode[];
}

/** A job or something made of jobs. */
export type DefinitionNode = JobNode | ListNode | BatchNode | GraphNode;

/** A checked request for a workflow. */
export interface NewWorkflow {
  readonly id: string;
  /** Whether the client chose the id. */
  readonly named: boolean;
  readonly name: string | null;
  readonly meta: JsonText;
  readonly root: Exclude<DefinitionNode, JobNode>;
  /** Two requests with one id and one source are the same request. */
  readonly source: JsonText;
}
