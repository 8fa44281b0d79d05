/** The exchange (docs/adr/007-worker-exchange.md): its body, and what its answer means. */
import { apiPath, type Call } from "../client/call.ts";
import { MINIMAL } from "../client/calls/jobs.ts";
import { readObject } from "../core/codec/answer-shape.ts";
import { decodeError } from "../core/codec/error.ts";
import { integer, list } from "../core/codec/wire-values.ts";
import { type OjsError, ojsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import { isMembers } from "../core/request-fields.ts";
import type { ExchangeAnswer, LeaseRef, OutcomeCall, Wanted } from "./protocol.ts";
import { decodeJobs, type FetchFacts, fenceOf, resultOf, wireError } from "./worker-calls.ts";

const PATH = apiPath("workers", "exchange");

/** Repeatable as far as the outcomes are concerned, but the first one may have claimed jobs. */
export function exchangeCall(
  outcomes: readonly OutcomeCall[],
  wanted: Wanted | undefined,
  facts: Omit<FetchFacts, "waitMs">,
  skipped: (error: unknown) => void,
): Call<ExchangeAnswer> {
  return {
    operation: "exchange",
    method: "POST",
    path: PATH,
    // Our server then answers an accepted ack by `true`.
    headers: MINIMAL,
    body: encodeExchange(outcomes, wanted, facts),
    repeatable: false,
    decode: (answer) => decodeExchange(answer, outcomes, skipped),
  };
}

function encodeExchange(
  outcomes: readonly OutcomeCall[],
  wanted: Wanted | undefined,
  { workerId, visibilityMs }: Omit<FetchFacts, "waitMs">,
): JsonText {
  const acks: JsonText[] = [];
  const nacks: JsonText[] = [];
  for (const { lease, told } of outcomes) {
    if (told.kind === "ack") acks.push(`${fenceOf(lease)}${resultOf(told.result)}}`);
    else
      nacks.push(
        `${fenceOf(lease)},${stringifyJson({ error: wireError(told.error), requeue: told.requeue }).slice(1)}`,
      );
  }
  const { queues, count } = wanted ?? {};
  const fetch = wanted === undefined ? undefined : { queues, count, visibility_timeout_ms: visibilityMs };
  const rest = stringifyJson({ worker_id: workerId, fetch }).slice(1);
  return `{"acks":[${acks.join(",")}],"nacks":[${nacks.join(",")}],${rest}`;
}

function decodeExchange(
  answer: unknown,
  outcomes: readonly OutcomeCall[],
  skipped: (error: unknown) => void,
): ExchangeAnswer {
  const wire = readObject(answer, "the answer");
  const acks = (list(wire.acks) ?? []).values();
  const nacks = (list(wire.nacks) ?? []).values();
  return {
    errors: outcomes.map(({ lease, told }) => errorOf(lease, (told.kind === "ack" ? acks : nacks).next().value)),
    jobs: decodeJobs(list(wire.jobs) ?? [], skipped),
  };
}

/** Undefined = accepted. An outcome that was not answered is like one whose answer was lost. */
function errorOf({ jobId, attempt }: LeaseRef, wire: unknown): OjsError | undefined {
  if (wire === true) return undefined;
  if (!isMembers(wire) || (wire.error === undefined && wire.job_id !== jobId)) {
    return ojsError("invalid_response", "The server's answer says nothing about this outcome.", {
      ...{ operation: "exchange", jobId, attempt },
    });
  }
  if (wire.error === undefined) return undefined;
  const pauseMs = integer(wire.retry_after_ms);
  const headers: Record<string, string> = pauseMs === undefined ? {} : { "retry-after": String(pauseMs / 1_000) };
  return decodeError(integer(wire.status) ?? 500, headers, JSON.stringify({ error: wire.error }), {
    operation: "exchange",
    jobId,
    attempt,
    now: 0, // only a date would need it
  });
}
