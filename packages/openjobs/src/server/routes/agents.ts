/** Runs of agents beside their jobs; for trying out, see ADR 22. */
import { type AgentBranch, type AgentDecision, type AgentRun, TRUNK } from "../../core/agent-run.ts";
import { checkDepth, stringifyJson } from "../../core/json.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError, optionalInteger, optionalName } from "../fields.ts";
import type { SchemaName } from "../openapi/schemas.ts";
import { type Answer, ok, type Route, type RouteRequest } from "../route.ts";
import { jobIdOf } from "./job-id.ts";

const AGENT = "/ojs/v1/agents/:id";

/** What people write: a reason, a comment. */
const MAX_TEXT_CHARS = 1_000;

/** The routes under `/ojs/v1/agents`. */
export function agentRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: AGENT,
      describe: { tag: "Labs", summary: "Look at the run of an agent", answers: { 200: "AgentRun" } },
      run: async (request) => answer(request, viewOf(await engine.getAgent(jobIdOf(request)))),
    },
    action("pause", "Ask an agent to pause", ["AgentPauseRequest", "AgentRun"], async ({ body }, id) =>
      viewOf(await engine.pauseAgent(id, optionalText(body, "reason"))),
    ),
    action("resume", "Let an agent go on", ["AgentResumeRequest", "AgentRun"], async ({ body }, id) =>
      viewOf(await engine.resumeAgent(id, readDecision(body))),
    ),
    action("fork", "Keep the checkpoint as a branch", ["AgentForkRequest", "AgentBranch"], async ({ body }, id) =>
      branchView(await engine.forkAgent(id, readFork(body))),
    ),
    action("merge", "Merge two branches", ["AgentMergeRequest", "AgentMerge"], async ({ body }, id) => {
      const { branch, conflicts, unknown } = await engine.mergeAgent(id, readMerge(body));
      return { merged_id: branch.id, ...branchView(branch), conflicts, unknown_branches: unknown };
    }),
    action("tool-retry", "Try a tool of another provider", ["AgentToolRetryRequest", "AgentToolRetry"], (_, id) =>
      engine.retryAgentTool(id),
    ),
  ];
}

function action(
  name: string,
  summary: string,
  [body, answers]: readonly [SchemaName, SchemaName],
  run: (request: RouteRequest, id: string) => Promise<object>,
): Route {
  return {
    method: "POST",
    path: `${AGENT}/${name}`,
    readsBody: "optional",
    describe: { tag: "Labs", summary, body, answers: { 200: answers }, errors: [409] },
    run: async (request) => answer(request, await run(request, jobIdOf(request))),
  };
}

function answer(request: RouteRequest, members: object): Answer {
  const id = jobIdOf(request);
  return ok(stringifyJson({ job_id: id, ...members }), { jobs: [{ id }] });
}

function viewOf({ pause, decision, branches, toolRetries }: AgentRun): object {
  return {
    state: pause === null ? "running" : "paused",
    ...(pause === null ? {} : { reason: pause.reason, paused_at: formatTimestamp(pause.at) }),
    ...(decision === null ? {} : { decision: decisionView(decision) }),
    branches: branches.map(branchView),
    tool_retries: toolRetries,
  };
}

function decisionView({ at, ...said }: AgentDecision): object {
  return { ...said, at: formatTimestamp(at) };
}

function branchView({ id, name, atTurn, contentId, content, mergedFrom, createdAt }: AgentBranch): object {
  return {
    branch_id: id,
    branch_name: name,
    at_turn: atTurn,
    content_id: contentId,
    content,
    ...(mergedFrom === null ? {} : { merged_from: mergedFrom }),
    created_at: formatTimestamp(createdAt),
  };
}

function readDecision(body: JsonObject): Omit<AgentDecision, "at"> {
  const approved = body.approved ?? null;
  if (approved !== null && typeof approved !== "boolean") throw fieldError("approved", "true or false");
  const metadata = body.metadata ?? null;
  if (metadata !== null && !isJsonObject(metadata)) throw fieldError("metadata", "a JSON object");
  checkDepth(metadata, LIMITS.depth, "metadata");
  return { approved, comment: optionalText(body, "comment"), metadata };
}

function readFork(body: JsonObject): { readonly atTurn: number | null; readonly name?: string } {
  const name = optionalName(body, "branch_name");
  return {
    atTurn: optionalInteger(body, "at_turn", { min: 0 }) ?? null,
    ...(name === undefined ? {} : { name }),
  };
}

/** Any strategy is taken, because nobody has said which there are; but for `theirs` it is the first branch that counts. */
function readMerge(body: JsonObject): { readonly a: string; readonly b: string; readonly prefer: "a" | "b" } {
  return {
    a: optionalName(body, "branch_a") ?? TRUNK,
    b: optionalName(body, "branch_b") ?? TRUNK,
    prefer: optionalName(body, "strategy") === "theirs" ? "b" : "a",
  };
}

function optionalText(body: JsonObject, field: string): string | null {
  const value = body[field] ?? null;
  if (value === null || (typeof value === "string" && value.length <= MAX_TEXT_CHARS)) return value;
  throw fieldError(field, `a string of at most ${MAX_TEXT_CHARS} characters`);
}
