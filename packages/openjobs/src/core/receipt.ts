/**
 * Receipts: what a server says under its signature about a job that it holds. The page that the official cases refer to
 * (ojs-ext-attest) is not in the specification; this is our reading of the cases (ADR 22).
 */
import { canonicalJson } from "./canonical-json.ts";
import type { JobRecord, JobState } from "./job.ts";
import type { JsonObject } from "./json-object.ts";
import { formatTimestamp } from "./time.ts";

/** The one algorithm of signatures here. */
export const RECEIPT_ALGORITHM = "Ed25519";

/** What stands for "no special hardware": the server's own word, kept by its key. */
export const QUOTE_TYPE = "software";

/** Keeps a signature over a receipt from being one over anything else. */
const PREFIX = "OJS-RECEIPT-V1\n";

/** What is said about a job. */
export interface Quote {
  readonly type: typeof QUOTE_TYPE;
  /** RFC 3339. */
  readonly issued_at: string;
  readonly job: {
    readonly type: string;
    readonly queue: string;
    readonly state: JobState;
    readonly attempt: number;
    readonly created_at: string;
    /** `sha256:` and the hash of {@link contentOf}, in hexadecimal. */
    readonly digest: string;
  };
}

/** A signed statement about a job, under its wire names. */
export interface Receipt {
  readonly job_id: string;
  readonly issued_at: string;
  readonly quote: Quote;
  readonly signature: { readonly algorithm: string; readonly key_id: string; readonly value: string };
}

/** Whether a receipt is one of ours, as it was issued. */
export interface ReceiptVerdict {
  readonly valid: boolean;
  /** Why it is not. */
  readonly reason?: "malformed" | "unknown_key" | "bad_signature";
}

/** What was asked of a job, as one text that any SDK can make: RFC 8785 over these five members. */
export function contentOf({ id, type, queue, args, meta }: JobRecord): string {
  return canonicalJson({ id, type, queue, args: JSON.parse(args), meta: JSON.parse(meta) });
}

/** A receipt that nobody has signed yet. */
export interface UnsignedReceipt extends Omit<Receipt, "signature"> {
  readonly signature: Omit<Receipt["signature"], "value">;
}

/** The receipt without its signature's value. */
export function unsignedReceipt(
  job: JobRecord,
  at: number,
  { keyId, digest }: { readonly keyId: string; readonly digest: string },
): UnsignedReceipt {
  const { id, type, queue, state, attempt } = job;
  const issued = formatTimestamp(at);
  const facts = { type, queue, state, attempt, created_at: formatTimestamp(job.createdAt), digest };
  return {
    job_id: id,
    issued_at: issued,
    quote: { type: QUOTE_TYPE, issued_at: issued, job: facts },
    signature: { algorithm: RECEIPT_ALGORITHM, key_id: keyId },
  };
}

/** What is signed: all of a receipt, known members or not, but the signature's value. */
export function signedTextOf(receipt: JsonObject, signature: JsonObject): string {
  const { value: _value, ...rest } = signature;
  return PREFIX + canonicalJson({ ...receipt, signature: rest });
}
