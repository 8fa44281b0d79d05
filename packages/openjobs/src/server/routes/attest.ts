/** Signed receipts of jobs; for trying out, see ADR 22. */
import { checkDepth, stringifyJson } from "../../core/json.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError } from "../fields.ts";
import { ok, type Route } from "../route.ts";
import { jobIdOf } from "./job-id.ts";

/** Ours have less than 700; to sort the members of a huge one would hold up everybody. */
const MAX_RECEIPT_CHARS = 16_384;

/** Receipts: issue, check, and the key to check them with elsewhere. */
export function attestRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/ojs/v1/jobs/:id/receipt",
      describe: { tag: "Labs", summary: "Get a signed receipt of a job", answers: { 200: "ReceiptAnswer" } },
      async run(request) {
        const id = jobIdOf(request);
        return ok(stringifyJson({ receipt: await engine.issueReceipt(id) }), { jobs: [{ id }] });
      },
    },
    {
      method: "POST",
      path: "/ojs/v1/attest/verify",
      readsBody: true,
      describe: {
        tag: "Labs",
        summary: "Check the signature of a receipt",
        body: "VerifyReceiptRequest",
        answers: { 200: "ReceiptVerdict" },
      },
      run: async ({ body }) => ok(stringifyJson(await engine.verifyReceipt(readReceipt(body)))),
    },
    {
      method: "GET",
      path: "/ojs/v1/attest/keys",
      describe: { tag: "Labs", summary: "Get the key that receipts are signed with", answers: { 200: "AttestKeys" } },
      async run() {
        const { keyId, jwk } = await engine.attestKey();
        return ok(stringifyJson({ keys: [{ key_id: keyId, algorithm: "Ed25519", jwk }] }));
      },
    },
  ];
}

function readReceipt({ receipt }: JsonObject): JsonObject {
  if (!isJsonObject(receipt)) throw fieldError("receipt", "a receipt, as an object");
  checkDepth(receipt, LIMITS.depth, "receipt");
  if (stringifyJson(receipt).length <= MAX_RECEIPT_CHARS) return receipt;
  throw fieldError("receipt", `at most ${MAX_RECEIPT_CHARS} characters of JSON`);
}
