/** What goes wrong between arguments and what travels instead of them (ojs-encryption §5). */

/** Why something could not be encoded or decoded. */
export type CodecErrorCode =
  | "key_unknown"
  | "key_invalid"
  | "fingerprint_key_missing"
  | "encoding_unknown"
  | "malformed"
  | "tampered"
  | "not_encrypted"
  | "too_large";

/** What another deployment can heal: it brings a key, or a codec. */
const HEALED_BY_DEPLOYMENT: ReadonlySet<CodecErrorCode> = new Set(["key_unknown", "encoding_unknown"]);

/**
 * Arguments, results or meta that cannot be encoded or decoded. No message contains anything of the plaintext or of a key.
 *
 * A worker ends the job for good when `retryable` is false: data that was changed stays changed. A key that nobody knows may
 * arrive with the next deployment, so that is worth another attempt.
 *
 * @example
 * try {
 *   const { args } = await decryptJob(await client.getJob(id), keys);
 * } catch (error) {
 *   if (error instanceof CodecError && error.code === "key_unknown") console.error("deploy the key", error.keyId);
 * }
 */
export class CodecError extends Error {
  override readonly name = "CodecError";
  /** Branch on this. */
  readonly code: CodecErrorCode;
  readonly retryable: boolean;
  /** The key that is missing or does not work. */
  declare readonly keyId?: string;

  constructor(code: CodecErrorCode, message: string, keyId?: string) {
    super(message);
    this.code = code;
    this.retryable = HEALED_BY_DEPLOYMENT.has(code);
    if (keyId !== undefined) this.keyId = keyId;
  }
}
