/** A bulk under an idempotency key (ojs-bulk-operations §10): jobs and answer become durable in one commit. */
import { ojsError } from "../core/errors.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { KeptAnswer } from "../storage/answers.ts";
import { decideBulk, planBulk } from "./bulk-decision.ts";
import { announceBulk } from "./bulk-event.ts";
import type { BulkAnswer, KeyedBulk } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";
import { nothing } from "./move.ts";
import { answered } from "./storage-trouble.ts";
import type { Decision } from "./submission.ts";

/** Enqueues the bulk, or answers as it did before. */
export async function enqueueBulkOnce(context: EngineContext, request: KeyedBulk): Promise<BulkAnswer> {
  // Keys are per operation (§10.2).
  const id = `bulk-enqueue:${request.key}`;
  for (;;) {
    const kept = await answered(context.storage.answers.get(id, context.clock.now()));
    if (kept !== undefined) return sameAnswer(kept, request);
    const answer = await context.committer.decide(decisionOf(context, request, id));
    if (answer !== undefined) return answer;
  }
}

/** Decides nothing when the same key was faster: then there is an answer to look up. */
function decisionOf(context: EngineContext, request: KeyedBulk, id: string): Decision<BulkAnswer | undefined> {
  const plan = planBulk(context, request);
  return {
    ...plan.places,
    decide(stored, { now, refused, inTheWay }) {
      if (refused?.id === id) return nothing(undefined);
      const { items, effects, announce } = decideBulk(context, plan, { stored, inTheWay, now });
      const answer = request.answer(items);
      const kept: KeptAnswer = { id, digest: request.digest, ...answer, expiresAt: now + DEFAULTS.answerKeptMs };
      return {
        effects: [...effects, { kind: "keep-answer", answer: kept }],
        committed() {
          announce();
          announceBulk(context, request, items);
          return answer;
        },
      };
    },
  };
}

/** @throws OjsError `conflict` when the key belongs to another request. */
function sameAnswer({ status, body, digest }: KeptAnswer, request: KeyedBulk): BulkAnswer {
  if (digest === request.digest) return { status, body };
  throw ojsError("conflict", "Another request had this idempotency key.", {
    details: { header: "Idempotency-Key" },
    hint: "Choose a new key for every request; repeat a request with the very same body.",
  });
}
