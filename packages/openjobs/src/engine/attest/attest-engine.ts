/** Receipts as the engine sees them. */
import type { JsonObject } from "../../core/json-object.ts";
import type { Receipt, ReceiptVerdict } from "../../core/receipt.ts";

/** The public half of the key that receipts are signed with. */
export interface AttestKey {
  /** The RFC 7638 thumbprint of the key. */
  readonly keyId: string;
  /** A JSON Web Key (RFC 8037). */
  readonly jwk: { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };
}

/** The part of an engine that signs statements about jobs. The key is made when it is first needed, and kept in the store. */
export interface AttestEngine {
  /** Signs what this server knows of a job now; `not_found` for no job. */
  issueReceipt(jobId: string): Promise<Receipt>;
  /** Checks the signature. It says that the receipt was issued here, not that the job is still as it says. */
  verifyReceipt(receipt: JsonObject): Promise<ReceiptVerdict>;
  /** The key for those who check receipts themselves. */
  attestKey(): Promise<AttestKey>;
}
