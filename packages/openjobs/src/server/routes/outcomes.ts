/** Outcomes of a job: ack and nack (ojs-http-binding §10.2, §10.3). */
import { encodeJob } from "../../core/codec/job-encode.ts";
import { stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { Fence } from "../../storage/storage.ts";
import { optionalName, requiredName } from "../fields.ts";
import { ok, type Route } from "../route.ts";
import { encodeFailed, readAck, readNack } from "./outcome.ts";

/** `POST /ojs/v1/workers/ack` and `/nack`. */
export function outcomeRoutes(engine: Engine): readonly Route[] {
  return [ack(engine), nack(engine)];
}

function ack(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/ack",
    readsBody: true,
    describe: {
      tag: "Workers",
      summary: "Report that a job is done",
      body: "AckRequest",
      answers: { 200: "Acknowledgement" },
      errors: [404, 409],
    },
    async run({ body }) {
      const done = await engine.ack(await fenced(engine, body, readAck(body, optionalName(body, "worker_id"))));
      const state = { id: done.id, state: done.state, completed_at: formatTimestamp(done.completedAt) };
      // `job_id` is http-binding's name, `id` the suites'; `job.state` is what serverless adapters look at.
      const answer = { acknowledged: true, job_id: done.id, ...state, job: state };
      return ok(stringifyJson(answer), { jobs: [done] });
    },
  };
}

function nack(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/nack",
    readsBody: true,
    describe: {
      tag: "Workers",
      summary: "Report that a job has failed",
      body: "NackRequest",
      answers: { 200: "FailedJob" },
      errors: [404, 409],
    },
    async run({ body }) {
      const job = await engine.nack(await fenced(engine, body, readNack(body, optionalName(body, "worker_id"))));
      return ok(`${encodeFailed(job).slice(0, -1)},"job":${encodeJob(job)}}`, { jobs: [job] });
    },
  };
}

/** A function that reports late names the delivery that brought it the job, and may report of no other (ojs-serverless §8.2). */
async function fenced<Request extends { readonly jobId: string; readonly fence: Fence }>(
  engine: Engine,
  body: JsonObject,
  request: Request,
): Promise<Request> {
  if (body.delivery_id === undefined) return request;
  const lease = await engine.leaseOfDelivery(request.jobId, requiredName(body, "delivery_id"));
  return { ...request, fence: { lease } };
}
