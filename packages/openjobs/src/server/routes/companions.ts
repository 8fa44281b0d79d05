/** Progress (ojs-progress §6, §7) and checkpoints (ojs-durable-execution §4) of jobs. */
import { OjsNotFoundError, ojsError } from "../../core/errors.ts";
import { checkDepth, stringifyJson } from "../../core/json.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Checkpoint, JobProgressView, ProgressReport } from "../../engine/companions/companion-engine.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError, optionalName } from "../fields.ts";
import { ok, type Route } from "../route.ts";
import { jobIdOf } from "./job-id.ts";
import { readFence } from "./outcome.ts";

const PROGRESS = "/ojs/v1/jobs/:id/progress";
const CHECKPOINT = "/ojs/v1/jobs/:id/checkpoint";

/** The routes under `/ojs/v1/jobs/:id/progress` and `/checkpoint`. */
export function companionRoutes(engine: Engine): readonly Route[] {
  return [...progress(engine), ...checkpoint(engine), resume(engine)];
}

function progress(engine: Engine): readonly Route[] {
  return [
    {
      method: "PUT",
      path: PROGRESS,
      readsBody: true,
      describe: {
        tag: "Jobs",
        summary: "Report how far a job has come",
        body: "ProgressReport",
        answers: { 200: "Progress" },
        errors: [409],
      },
      run: async (request) => progressAnswer(await engine.reportProgress(readReport(jobIdOf(request), request.body))),
    },
    {
      method: "GET",
      path: PROGRESS,
      describe: { tag: "Jobs", summary: "Look how far a job has come", answers: { 200: "Progress" } },
      run: async (request) => progressAnswer(await engine.getProgress(jobIdOf(request))),
    },
  ];
}

function progressAnswer({ jobId, state, progress: at, message, data, updatedAt }: JobProgressView) {
  const updated = updatedAt === null ? null : formatTimestamp(updatedAt);
  return ok(stringifyJson({ job_id: jobId, state, progress: at, message, data, updated_at: updated }), {
    jobs: [{ id: jobId }],
  });
}

function readReport(jobId: string, body: JsonObject): ProgressReport {
  const fence = readFence(body, optionalName(body, "worker_id"));
  const said = { ...readNumber(body), ...readMessage(body), ...readObject(body, "data", LIMITS.progressBytes) };
  if (!("progress" in said || "data" in said))
    throw fieldError("progress", "a number from 0 to 1, or else 'data' an object");
  return { jobId, fence, ...said, ...readObject(body, "checkpoint", LIMITS.jobBytes) };
}

/** What lies outside of 0 to 1 is taken for the nearest of them (§5.1); the JS SDK sends `percentage` of 100. */
function readNumber({ progress: fraction, percentage }: JsonObject): Pick<ProgressReport, "progress"> {
  const given = fraction ?? percentage ?? undefined;
  if (given === undefined) return {};
  if (typeof given !== "number") throw fieldError("progress", "a number from 0 to 1");
  const value = fraction === undefined || fraction === null ? given / 100 : given;
  return { progress: Math.min(1, Math.max(0, value)) };
}

function readMessage({ message }: JsonObject): Pick<ProgressReport, "message"> {
  if (message === undefined || message === null) return {};
  if (typeof message === "string" && message.length <= LIMITS.progressMessageChars) return { message };
  throw fieldError("message", `a string of at most ${LIMITS.progressMessageChars} characters`);
}

function readObject<K extends "data" | "checkpoint">(
  body: JsonObject,
  name: K,
  max: number,
): { readonly [key in K]?: JsonObject } {
  const value = body[name] ?? undefined;
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw fieldError(name, "a JSON object");
  checkSize(value, name, max);
  return { [name]: value } as { readonly [key in K]?: JsonObject }; // one member, under the one name that the type has
}

function checkpoint(engine: Engine): readonly Route[] {
  return [
    {
      method: "PUT",
      path: CHECKPOINT,
      readsBody: true,
      describe: {
        tag: "Jobs",
        summary: "Save the checkpoint of a job",
        body: "CheckpointRequest",
        answers: { 200: "CheckpointAnswer" },
        errors: [409],
      },
      async run(request) {
        const { body } = request;
        if (body.state === undefined) throw fieldError("state", "present: any JSON value");
        checkSize(body.state, "state", LIMITS.jobBytes);
        const fence = readFence(body, optionalName(body, "worker_id"));
        return checkpointAnswer(await engine.saveCheckpoint(jobIdOf(request), body.state, fence));
      },
    },
    {
      method: "GET",
      path: CHECKPOINT,
      describe: { tag: "Jobs", summary: "Look at the checkpoint of a job", answers: { 200: "CheckpointAnswer" } },
      run: async (request) => checkpointAnswer(await engine.getCheckpoint(jobIdOf(request))),
    },
    {
      method: "DELETE",
      path: CHECKPOINT,
      describe: { tag: "Jobs", summary: "Delete the checkpoint of a job", answers: { 200: "DeletedCheckpoint" } },
      async run(request) {
        const id = jobIdOf(request);
        const existed = await engine.deleteCheckpoint(id);
        return ok(stringifyJson({ deleted: true, job_id: id, existed }), { jobs: [{ id }] });
      },
    },
  ];
}

/** For programs that ask at the beginning of each attempt, of which most have nothing to go on from (the JS SDK's). */
function resume(engine: Engine): Route {
  return {
    method: "GET",
    path: `${CHECKPOINT}/resume`,
    describe: { tag: "Jobs", summary: "Ask whether there is a checkpoint", answers: { 200: "Resumption" } },
    async run(request) {
      const id = jobIdOf(request);
      const found = await noneWhenNotFound(engine.getCheckpoint(id));
      if (found === undefined) await engine.getJob(id); // which says so when there is no such job
      const metadata = found?.state;
      const checkpoint = found === undefined ? undefined : { ...flatCheckpoint(found), metadata };
      const answer = { job_id: id, has_checkpoint: found !== undefined, checkpoint };
      return ok(stringifyJson(answer), { jobs: [{ id }] });
    },
  };
}

async function noneWhenNotFound<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof OjsNotFoundError) return undefined;
    throw error;
  }
}

/** The page has it under `checkpoint`, the official cases at the top. */
function checkpointAnswer(checkpoint: Checkpoint) {
  const flat = flatCheckpoint(checkpoint);
  return ok(stringifyJson({ ...flat, checkpoint: flat }), { jobs: [{ id: checkpoint.jobId }] });
}

function flatCheckpoint({ jobId, state, sequence, savedAt }: Checkpoint) {
  return { job_id: jobId, state, sequence, created_at: formatTimestamp(savedAt) };
}

function checkSize(value: unknown, field: string, max: number): void {
  checkDepth(value, LIMITS.depth, field);
  const actual = Buffer.byteLength(stringifyJson(value));
  if (actual <= max) return;
  throw ojsError("payload_too_large", `'${field}' is too large.`, {
    details: { field, actual, max },
    hint: "Store large values elsewhere and send a reference.",
  });
}
