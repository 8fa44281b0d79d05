/** Signs receipts and checks them. */
import { hash, sign, verify } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import {
  contentOf,
  RECEIPT_ALGORITHM,
  type Receipt,
  type ReceiptVerdict,
  signedTextOf,
  unsignedReceipt,
} from "../../core/receipt.ts";
import type { EngineContext } from "../context.ts";
import { getJob } from "../jobs.ts";
import type { AttestEngine } from "./attest-engine.ts";
import { AttestKeys, type KeyPair } from "./attest-key.ts";

/** The operations of {@link AttestEngine}. */
export function attestOperations(context: EngineContext): AttestEngine {
  const keys = new AttestKeys(context);
  return {
    issueReceipt: async (jobId) => issue(context, jobId, await keys.get()),
    verifyReceipt: async (receipt) => check(receipt, await keys.get()),
    attestKey: async () => {
      const { keyId, jwk } = await keys.get();
      return { keyId, jwk };
    },
  };
}

async function issue(context: EngineContext, jobId: string, { keyId, privateKey }: KeyPair): Promise<Receipt> {
  const job = await getJob(context, jobId);
  const digest = `sha256:${hash("sha256", contentOf(job), "hex")}`;
  const receipt = unsignedReceipt(job, context.clock.now(), { keyId, digest });
  const text = signedTextOf({ ...receipt }, { ...receipt.signature });
  const value = sign(null, Buffer.from(text), privateKey).toString("base64url");
  return { ...receipt, signature: { ...receipt.signature, value } };
}

function check(receipt: JsonObject, { keyId, publicKey }: KeyPair): ReceiptVerdict {
  const { signature } = receipt;
  if (!isJsonObject(signature) || typeof signature.value !== "string" || signature.algorithm !== RECEIPT_ALGORITHM) {
    return { valid: false, reason: "malformed" };
  }
  if (signature.key_id !== keyId) return { valid: false, reason: "unknown_key" };
  const text = Buffer.from(signedTextOf(receipt, signature));
  const valid = verify(null, text, publicKey, Buffer.from(signature.value, "base64url"));
  return valid ? { valid } : { valid, reason: "bad_signature" };
}
