/**
 * The run of an agent beside its job: whether it is to pause, who answered, and the branches of what it has worked out. The
 * page that the official cases refer to (ojs-ai-agents-v2) is not in the specification; this is our reading of them (ADR 22).
 */
import { canonicalJson } from "./canonical-json.ts";
import { ojsError } from "./errors.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { joinPath } from "./json-path.ts";

/** What a person answered when the run went on. */
export interface AgentDecision {
  readonly approved: boolean | null;
  readonly comment: string | null;
  readonly metadata: JsonObject | null;
  /** Unix milliseconds. */
  readonly at: number;
}

/** What a run had worked out at some point. */
export interface AgentBranch {
  readonly id: string;
  readonly name: string;
  /** The turn that the agent names; the server knows of none. */
  readonly atTurn: number | null;
  /** Hash of the content: the same content has the same one. */
  readonly contentId: string;
  /** The job's checkpoint at that time, or what a merge has made; null = nothing. */
  readonly content: unknown;
  /** Names of the two that it was merged from. */
  readonly mergedFrom: readonly [string, string] | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Everything kept about a run. */
export interface AgentRun {
  /** null = it is running. */
  readonly pause: { readonly reason: string | null; readonly at: number } | null;
  readonly decision: AgentDecision | null;
  readonly branches: readonly AgentBranch[];
  readonly toolRetries: number;
}

/** A run of which nothing was said yet. */
export const NEW_RUN: AgentRun = { pause: null, decision: null, branches: [], toolRetries: 0 };

/** The branch that is there from the beginning: the job's checkpoint as it is now. */
export const TRUNK = "main";

const MAX_BRANCHES = 100;

/** What a merge came to. */
export interface Merge {
  readonly content: unknown;
  /** Paths of what the two have otherwise, from the outside in. */
  readonly conflicts: readonly string[];
}

/** The run is to stop before its next turn. Who says it again changes nothing. */
export function paused(run: AgentRun, reason: string | null, at: number): AgentRun {
  return run.pause === null ? { ...run, pause: { reason, at }, decision: null } : run;
}

/** The run may go on, with what was answered. One that is not paused stays as it is. */
export function resumed(run: AgentRun, decision: AgentDecision): AgentRun {
  return run.pause === null ? run : { ...run, pause: null, decision };
}

/**
 * The run with one more branch.
 *
 * @throws OjsError `duplicate` when there is one of that name, `conflict` when there are too many.
 */
export function withBranch(run: AgentRun, branch: AgentBranch): AgentRun {
  if (branch.name === TRUNK || branchOf(run, branch.name) !== undefined) {
    throw ojsError("duplicate", `There is a branch ${branch.name} already.`, { details: { field: "branch_name" } });
  }
  if (run.branches.length < MAX_BRANCHES) return { ...run, branches: [...run.branches, branch] };
  throw ojsError("conflict", `A run has at most ${MAX_BRANCHES} branches.`, { details: { max: MAX_BRANCHES } });
}

/** The branch with this id or name. */
export function branchOf({ branches }: AgentRun, key: string): AgentBranch | undefined {
  return branches.find(({ id, name }) => id === key || name === key);
}

/**
 * Puts two contents together, member by member. Where both have something, and not the same, it is a conflict, and `prefer`
 * says whose counts.
 */
export function mergeContents(a: unknown, b: unknown, prefer: "a" | "b"): Merge {
  // Who has nothing yet is in nobody's way.
  if (a === null || b === null) return { content: a ?? b, conflicts: [] };
  return mergeValues(a, b, prefer, "");
}

function mergeValues(a: unknown, b: unknown, prefer: "a" | "b", path: string): Merge {
  if (isJsonObject(a) && isJsonObject(b)) return mergeObjects(a, b, prefer, path);
  if (canonicalJson(a) === canonicalJson(b)) return { content: a, conflicts: [] };
  return { content: prefer === "a" ? a : b, conflicts: [path] };
}

function mergeObjects(a: JsonObject, b: JsonObject, prefer: "a" | "b", path: string): Merge {
  const conflicts: string[] = [];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const members = names.map((name): [string, unknown] => {
    if (!Object.hasOwn(b, name)) return [name, a[name]];
    if (!Object.hasOwn(a, name)) return [name, b[name]];
    const merge = mergeValues(a[name], b[name], prefer, joinPath(path, name));
    conflicts.push(...merge.conflicts);
    return [name, merge.content];
  });
  return { content: Object.fromEntries(members), conflicts };
}

/** What a job says about tools that fail: another provider, and how often. */
export interface ToolRetryPolicy {
  readonly provider: string;
  /** null = as often as the agent asks. */
  readonly maxRetries: number | null;
}

/** Reads `ext_agent_v2.tool_retry` of a job's attributes; undefined when it names no provider. */
export function toolRetryPolicyIn(attributes: JsonObject): ToolRetryPolicy | undefined {
  const { ext_agent_v2: extension } = attributes;
  const policy = isJsonObject(extension) ? extension.tool_retry : undefined;
  if (!isJsonObject(policy)) return undefined;
  const { alternate_provider: provider, max_retries: max } = policy;
  if (typeof provider !== "string" || provider === "") return undefined;
  return { provider, maxRetries: typeof max === "number" && Number.isSafeInteger(max) && max >= 0 ? max : null };
}
