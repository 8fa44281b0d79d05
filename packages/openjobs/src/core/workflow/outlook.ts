/** How a workflow looks from outside: its steps and nested workflows as a tree, each with its state (ojs-workflows §4.4, §10.4). */
import type { JobRecord, JobState, JsonText } from "../job.ts";
import type { NestedNode, Place, StepRecord, StepState, WorkflowRecord } from "./workflow.ts";

/** A step, the job that it became, and its result as far as it travels. */
export interface SeenStep {
  readonly step: StepRecord;
  readonly job?: Pick<JobRecord, "state" | "startedAt" | "endedAt">;
  readonly result: JsonText | null;
  /** Characters of a result that was left out because there are too many of all together. */
  readonly leftOut: number | null;
}

/** States that a step or a nested workflow is shown in. */
export type ShownState = "waiting" | "pending" | "active" | "completed" | "failed" | "cancelled";

/** A job in the tree. */
export interface Leaf {
  readonly kind: "job";
  readonly index: number;
  readonly state: ShownState;
  readonly seen: SeenStep;
}

/** A nested workflow in the tree. */
export interface Branch {
  readonly kind: "workflow";
  readonly index: number;
  readonly state: ShownState;
  readonly node: NestedNode;
  readonly children: readonly TreeNode[];
  readonly callbacks: readonly Leaf[];
}

export type TreeNode = Leaf | Branch;

/** A workflow's own level of the tree. */
export type Tree = Pick<Branch, "children" | "callbacks">;

/** @param steps All steps by number. */
export function treeOf(workflow: WorkflowRecord, steps: readonly SeenStep[]): Tree {
  const nodes: readonly NestedNode[] = JSON.parse(workflow.nested);
  const nested = new Map(nodes.map((node) => [keyOf(node.place), node]));
  return level(steps, 0, { workflow, nested });
}

interface Context {
  readonly workflow: WorkflowRecord;
  readonly nested: ReadonlyMap<string, NestedNode>;
}

/** Steps whose places agree up to this depth. */
function level(steps: readonly SeenStep[], depth: number, context: Context): Tree {
  const children: TreeNode[] = [];
  const callbacks: Leaf[] = [];
  for (const part of partsOf(steps, depth)) {
    const [first] = part;
    const key = first?.step.place[depth];
    if (first === undefined) continue;
    if (typeof key === "string") callbacks.push(leafOf(first, callbacks.length, context));
    else if (first.step.place.length === depth + 1) children.push(leafOf(first, children.length, context));
    else children.push(branchOf(part, depth + 1, children.length, context));
  }
  return { children, callbacks };
}

/** Steps that are in the same place at this depth stand together. */
function partsOf(steps: readonly SeenStep[], depth: number): readonly (readonly SeenStep[])[] {
  const parts: SeenStep[][] = [];
  let key: Place[number] | undefined;
  for (const seen of steps) {
    const own = seen.step.place[depth];
    if (own !== key || parts.length === 0) parts.push([]);
    key = own;
    parts.at(-1)?.push(seen);
  }
  return parts;
}

function leafOf(seen: SeenStep, index: number, { workflow }: Context): Leaf {
  return { kind: "job", index, state: shownState(seen, workflow), seen };
}

function branchOf(steps: readonly SeenStep[], depth: number, index: number, context: Context): Branch {
  const place = steps[0]?.step.place.slice(0, depth) ?? [];
  const node = context.nested.get(keyOf(place)) ?? { place, type: "group", id: "", name: null };
  const tree = level(steps, depth, context);
  return { kind: "workflow", index, node, state: branchState(tree), ...tree };
}

const JOB_STATES_SHOWN: Readonly<Record<JobState, ShownState>> = {
  scheduled: "pending",
  available: "pending",
  pending: "pending",
  retryable: "pending",
  active: "active",
  completed: "completed",
  cancelled: "cancelled",
  discarded: "failed",
};

/** A step that was never released when its workflow ended never will be. */
function shownState({ step: { state }, job }: SeenStep, workflow: WorkflowRecord): ShownState {
  if (state === "waiting") return workflow.state === "running" ? "waiting" : "cancelled";
  if (state !== "released") return state satisfies Exclude<StepState, "waiting" | "released">;
  if (job !== undefined) return JOB_STATES_SHOWN[job.state];
  return workflow.state === "running" ? "pending" : "cancelled";
}

/** What is inside decides. A batch whose callbacks took a failure is what they are (docs/adr/013-joins-count-down.md). */
function branchState({ children, callbacks }: Tree): ShownState {
  const states = children.map(({ state }) => state);
  const all = [...states, ...callbacks.map(({ state }) => state)];
  const [first] = all;
  if (all.every((state) => state === first)) return first === "pending" ? "active" : (first ?? "waiting");
  if (all.some((state) => state === "waiting" || state === "pending" || state === "active")) return "active";
  if (callbacks.some(({ state }) => state === "failed")) return "failed";
  if (callbacks.some(({ state }) => state === "completed")) return "completed";
  return states.every((state) => state === "completed") ? "completed" : "failed";
}

function keyOf(place: Place): string {
  return place.join("/");
}
