/** Runs of agents. */
import { flag, integer, type JsonSchema, list, type Members, object, ref, text, time } from "../schema-words.ts";

/** Names of these schemas. */
export type AgentSchemaName =
  | "AgentRun"
  | "AgentBranch"
  | "AgentMerge"
  | "AgentToolRetry"
  | "AgentPauseRequest"
  | "AgentResumeRequest"
  | "AgentForkRequest"
  | "AgentMergeRequest"
  | "AgentToolRetryRequest";

const TEXT_OR_NULL: JsonSchema = { type: ["string", "null"] };
const BRANCH: Members = {
  branch_id: text(),
  branch_name: text(),
  at_turn: { type: ["integer", "null"], minimum: 0 },
  content_id: text({ description: "`sha256:` and the hash of the content: the same content has the same one." }),
  content: ref("JsonValue"),
  created_at: time(),
};
const MERGED: Members = { merged_from: list(text(), { minItems: 2, maxItems: 2 }) };
const DECISION = object({
  approved: { type: ["boolean", "null"] },
  comment: TEXT_OR_NULL,
  metadata: { type: ["object", "null"], description: "What was sent.", additionalProperties: ref("JsonValue") },
  at: time(),
});

/** The page that defines requests is missing, so members that nobody knows are no mistake. */
function request(members: Members, description: string): JsonSchema {
  return object({}, members, { description, additionalProperties: ref("OwnMember") });
}

export const AGENT_SCHEMAS: Readonly<Record<AgentSchemaName, JsonSchema>> = {
  AgentRun: object(
    {
      job_id: ref("JobId"),
      state: { type: "string", enum: ["running", "paused"] },
      branches: list(object(BRANCH, MERGED)),
      tool_retries: integer(),
    },
    { reason: TEXT_OR_NULL, paused_at: time(), decision: DECISION },
  ),
  AgentBranch: object({ job_id: ref("JobId"), ...BRANCH }),
  AgentMerge: object({
    job_id: ref("JobId"),
    merged_id: text(),
    ...BRANCH,
    ...MERGED,
    conflicts: list(text(), { description: "Paths of what the two branches have otherwise." }),
    unknown_branches: list(text(), { description: "Those that nobody has forked; they counted as empty." }),
  }),
  AgentToolRetry: object({ job_id: ref("JobId"), retried: flag(), provider: text(), retries: integer() }),
  AgentPauseRequest: request({ reason: TEXT_OR_NULL }, "Why."),
  AgentResumeRequest: request(
    { approved: { type: ["boolean", "null"] }, comment: TEXT_OR_NULL, metadata: { type: ["object", "null"] } },
    "What a person answered.",
  ),
  AgentForkRequest: request({ at_turn: integer(), branch_name: text() }, "What to call it."),
  AgentMergeRequest: request(
    { branch_a: text(), branch_b: text(), strategy: text({ description: "`theirs`: the second branch counts." }) },
    "Ids or names; `main` is the checkpoint as it is.",
  ),
  AgentToolRetryRequest: request({}, "What the agent has to say; nothing of it is read."),
};
