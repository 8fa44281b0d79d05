/** Progress (ojs-progress) and checkpoints (ojs-durable-execution) of jobs. */
import { LIMITS } from "../../../core/limits.ts";
import {
  flag,
  integer,
  type JsonSchema,
  type Members,
  number,
  object,
  ref,
  text,
  time,
  timeOrNull,
} from "../schema-words.ts";

const FENCE: Members = {
  worker_id: text({ minLength: 1, maxLength: LIMITS.workerIdChars }),
  lease: integer({ minimum: 1 }),
  attempt: integer({ minimum: 1 }),
};
const STATE: Members = { state: ref("JsonValue") };
const LEFT: Members = { ...STATE, sequence: integer({ minimum: 1 }), created_at: time() };
const CHECKPOINT: Members = { job_id: ref("JobId"), ...LEFT };
const REPORT: Members = {
  ...FENCE,
  progress: number({ description: "From 0 to 1." }),
  percentage: number({ description: "From 0 to 100, instead of `progress`." }),
  message: text({ maxLength: LIMITS.progressMessageChars }),
  data: ref("JsonObject"),
  checkpoint: ref("JsonObject"),
};

/** Names of these schemas. */
export type CompanionSchemaName =
  | "ProgressReport"
  | "NamedProgressReport"
  | "Progress"
  | "CheckpointRequest"
  | "NamedCheckpointRequest"
  | "Checkpoint"
  | "LeftCheckpoint"
  | "CheckpointAnswer"
  | "Resumption"
  | "DeletedCheckpoint";

export const COMPANION_SCHEMAS: Readonly<Record<CompanionSchemaName, JsonSchema>> = {
  ProgressReport: object({}, REPORT, { description: "`progress` or `data`, and what else there is to say." }),
  NamedProgressReport: object({ job_id: ref("JobId") }, REPORT, { description: "As the JavaScript SDK sends it." }),
  Progress: object({
    job_id: ref("JobId"),
    state: ref("JobState"),
    progress: { type: ["number", "null"], minimum: 0, maximum: 1 },
    message: { type: ["string", "null"] },
    data: { description: "An object, or null.", type: ["object", "null"], additionalProperties: ref("JsonValue") },
    updated_at: timeOrNull(),
  }),
  CheckpointRequest: object(STATE, FENCE),
  NamedCheckpointRequest: object(
    {},
    { ...STATE, ...FENCE, metadata: ref("JsonValue"), name: text() },
    { description: "As the JavaScript SDK sends it: `metadata` is the state." },
  ),
  Checkpoint: object(CHECKPOINT),
  LeftCheckpoint: object(LEFT, {}, { description: "What an earlier attempt has left to go on from." }),
  CheckpointAnswer: object({ ...CHECKPOINT, checkpoint: ref("Checkpoint") }),
  Resumption: object(
    { job_id: ref("JobId"), has_checkpoint: flag() },
    { checkpoint: object({ ...CHECKPOINT, metadata: ref("JsonValue") }) },
    { description: "The state is there twice: as `metadata` for the JavaScript SDK." },
  ),
  DeletedCheckpoint: object({ deleted: flag({ const: true }), job_id: ref("JobId"), existed: flag() }),
};
