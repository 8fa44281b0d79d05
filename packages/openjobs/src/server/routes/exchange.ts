/**
 * Exchange: outcomes and the next fetch in one request (design 3.6; docs/adr/007-worker-exchange.md). Every item has its
 * own outcome, and all of them ride in one commit with the claim for the slots that they free.
 */
import { encodeError } from "../../core/codec/error.ts";
import type { OjsError } from "../../core/errors.ts";
import type { JsonText } from "../../core/job.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { AckRefused, AckRequest, Engine } from "../../engine/facade.ts";
import { publicError } from "../error-answer.ts";
import { fieldError, isName, requiredName } from "../fields.ts";
import { MINIMAL_APPLIED, prefersMinimal } from "../preference.ts";
import { type Answer, ok, type Route, type RouteRequest } from "../route.ts";
import { type JobCounter, readFetch } from "./fetch.ts";
import { encodeDone, encodeFailed, readAck, readNack } from "./outcome.ts";

/** What the route works with. */
export interface ExchangeParts {
  readonly engine: Engine;
  readonly counter: JobCounter;
  /** Hears of mistakes of ours: whoever sent the item only learns that there was one. */
  readonly failed: (error: unknown) => void;
}

/** All that the sender of an ack cannot know, if it wants no more. In full, acks are a fifth of an answer. */
const ACCEPTED: JsonText = "true";

const NO_RESULT: AckRefused = { error: new Error("An ack has no outcome.") };

interface Items {
  readonly workerId: string;
  readonly acks: readonly unknown[];
  readonly nacks: readonly unknown[];
  readonly fetch: unknown;
}

/** `POST /ojs/v1/workers/exchange`. */
export function exchangeRoute(parts: ExchangeParts): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/exchange",
    readsBody: true,
    describe: {
      tag: "Workers",
      summary: "Report outcomes and fetch jobs at once",
      headers: ["Prefer", "X-OJS-Tenant"],
      body: "ExchangeRequest",
      answers: { 200: "ExchangeAnswer" },
    },
    async run(request) {
      const items = readItems(request.body);
      const outcomes = items.acks.length + items.nacks.length;
      return outcomes === 0 ? fetchOnly(parts, items, request) : settleAndFetch(parts, items, request);
    },
  };
}

/** Just a fetch: it may wait, and what it fails with is the answer's own error. */
async function fetchOnly({ engine, counter }: ExchangeParts, items: Items, request: RouteRequest): Promise<Answer> {
  const claimed = items.fetch === undefined ? [] : await counter.claim(readWanted(items), request);
  const { text, ...handout } = counter.pack(claimed);
  return ok(encodeAnswer("", "", `"jobs":[${text}]`, engine.now()), handout);
}

/** Submits everything in this turn of the event loop, which makes it one group: outcomes first, the claim last. */
async function settleAndFetch(parts: ExchangeParts, items: Items, request: RouteRequest): Promise<Answer> {
  const { engine, counter, failed } = parts;
  const minimal = prefersMinimal(request.headers);
  const acking = settleAcks(parts, items, minimal);
  const nacking = items.nacks.map((item) => settleNack(parts, item, items.workerId));
  const fetching = claimNow(counter, items, request);
  const acks = (await acking).join(",");
  const nacks = (await Promise.all(nacking)).join(",");
  const fetched = await fetching;
  const extra = { jobs: idsOf(items), ...(minimal ? { headers: MINIMAL_APPLIED } : {}) };
  if ("error" in fetched) {
    const error = shown(fetched.error, failed);
    return ok(encodeAnswer(acks, nacks, `"jobs":[],"fetch_error":${encodeRefusal(error)}`, engine.now()), extra);
  }
  const { text, jobs, undelivered } = counter.pack(fetched.claimed);
  const named = extra.jobs.length < JOBS_NAMED ? [...extra.jobs, ...jobs] : extra.jobs;
  const answer = encodeAnswer(acks, nacks, `"jobs":[${text}]`, engine.now());
  return ok(answer, { ...extra, jobs: named, undelivered });
}

type Fetched = { readonly claimed: Awaited<ReturnType<JobCounter["claim"]>> } | { readonly error: unknown };

/** Never rejects: the outcomes beside it are answered whatever becomes of the fetch. */
async function claimNow(counter: JobCounter, items: Items, request: RouteRequest): Promise<Fetched> {
  if (items.fetch === undefined) return { claimed: [] };
  try {
    // Somebody waits for the outcomes, so this fetch does not wait for jobs.
    return { claimed: await counter.claim({ ...readWanted(items), waitMs: 0 }, request) };
  } catch (error) {
    return { error };
  }
}

/** The outcomes of the acks as texts, in their order; never rejects. */
async function settleAcks(parts: ExchangeParts, { acks, workerId }: Items, minimal: boolean): Promise<JsonText[]> {
  const { engine, failed } = parts;
  const read = acks.map((item): AckRequest | AckRefused => {
    try {
      return readAck(objectIn(item), workerId);
    } catch (error) {
      return { error };
    }
  });
  const results = (await engine.ackAll(read.filter((one) => "jobId" in one))).values();
  return read.map((one, index) => {
    const result = "error" in one ? one : (results.next().value ?? NO_RESULT);
    if ("error" in result) return refusalOf(acks[index], result.error, failed);
    return minimal ? ACCEPTED : encodeDone(result);
  });
}

/** The outcome of one nack as text; never rejects. */
async function settleNack({ engine, failed }: ExchangeParts, item: unknown, workerId: string): Promise<JsonText> {
  try {
    return encodeFailed(await engine.nack(readNack(objectIn(item), workerId)));
  } catch (error) {
    return refusalOf(item, error, failed);
  }
}

function objectIn(item: unknown): JsonObject {
  if (isJsonObject(item)) return item;
  throw fieldError("acks, nacks", "arrays of objects");
}

function refusalOf(item: unknown, error: unknown, failed: ExchangeParts["failed"]): JsonText {
  const id = isJsonObject(item) && isName(item.job_id) ? item.job_id : null;
  return `{"job_id":${JSON.stringify(id)},${encodeRefusal(shown(error, failed)).slice(1)}`;
}

function shown(error: unknown, failed: ExchangeParts["failed"]): OjsError {
  const visible = publicError(error);
  if (visible !== error) failed(error);
  return visible;
}

/** Status and pause stand beside the error: alone, it would have had them in its head. */
function encodeRefusal(error: OjsError): JsonText {
  const pause = error.retryAfterMs === undefined ? "" : `"retry_after_ms":${error.retryAfterMs},`;
  return `{"status":${error.status},${pause}${encodeError(error).slice(1)}`;
}

function encodeAnswer(acks: string, nacks: string, jobs: string, now: number): JsonText {
  return `{"acks":[${acks}],"nacks":[${nacks}],${jobs},"server_time":"${formatTimestamp(now)}"}`;
}

function readItems(body: JsonObject): Items {
  const acks = readList(body, "acks");
  const nacks = readList(body, "nacks");
  if (acks.length + nacks.length > LIMITS.exchangeOutcomes) {
    throw fieldError("acks, nacks", `at most ${LIMITS.exchangeOutcomes} outcomes together`);
  }
  return { workerId: requiredName(body, "worker_id"), acks, nacks, fetch: body.fetch ?? undefined };
}

function readList(body: JsonObject, field: "acks" | "nacks"): readonly unknown[] {
  const items = body[field] ?? [];
  if (Array.isArray(items)) return items;
  throw fieldError(field, "an array");
}

function readWanted({ fetch, workerId }: Items): ReturnType<typeof readFetch> {
  if (isJsonObject(fetch)) return readFetch(fetch, workerId);
  throw fieldError("fetch", "an object");
}

/** As many as the log names. */
const JOBS_NAMED = 20;

/** For the log; what has no id of a job is told about in its own outcome. */
function idsOf({ acks, nacks }: Items): readonly { readonly id: string }[] {
  const named = [...acks.slice(0, JOBS_NAMED), ...nacks.slice(0, JOBS_NAMED)].slice(0, JOBS_NAMED);
  return named.flatMap((item) => (isJsonObject(item) && isName(item.job_id) ? [{ id: item.job_id }] : []));
}
