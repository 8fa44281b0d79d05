/** Receipts. */
import { flag, integer, type JsonSchema, list, object, ref, text, time, word } from "../schema-words.ts";

/** Names of these schemas. */
export type AttestSchemaName = "Receipt" | "ReceiptAnswer" | "VerifyReceiptRequest" | "ReceiptVerdict" | "AttestKeys";

const QUOTE = object({
  type: word("software"),
  issued_at: time(),
  job: object({
    type: text(),
    queue: text(),
    state: ref("JobState"),
    attempt: integer(),
    created_at: time(),
    digest: text({
      description: "`sha256:` and the hash of the RFC 8785 form of id, type, queue, args and meta.",
      pattern: "^sha256:[0-9a-f]{64}$",
    }),
  }),
});

export const ATTEST_SCHEMAS: Readonly<Record<AttestSchemaName, JsonSchema>> = {
  Receipt: object({
    job_id: ref("JobId"),
    issued_at: time(),
    quote: QUOTE,
    signature: object({ algorithm: word("Ed25519"), key_id: text(), value: text({ description: "Base64url." }) }),
  }),
  ReceiptAnswer: object({ receipt: ref("Receipt") }),
  VerifyReceiptRequest: object({ receipt: ref("JsonObject") }),
  ReceiptVerdict: object({ valid: flag() }, { reason: word("malformed", "unknown_key", "bad_signature") }),
  AttestKeys: object({
    keys: list(
      object({
        key_id: text({ description: "The RFC 7638 thumbprint." }),
        algorithm: word("Ed25519"),
        jwk: object({ kty: word("OKP"), crv: word("Ed25519"), x: text() }),
      }),
    ),
  }),
};
