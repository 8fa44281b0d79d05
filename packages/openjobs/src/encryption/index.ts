/** Jobs that only their producers and workers can read (ojs-encryption): `openjobs/encryption`. */
export { CodecError, type CodecErrorCode } from "./codec-error.ts";
export { type CompressionOptions, compression } from "./compression.ts";
export { decryptCheckpoint, decryptJob, decryptProgress, decryptResult } from "./decrypt-job.ts";
export { type EncryptedJob, type EncryptJobOptions, encryptJob } from "./encrypt-job.ts";
export { type EncryptionOptions, encryption } from "./encryption.ts";
export type { KeyMaterial } from "./key-material.ts";
export { createKeyring, type KeyProvider, type KeyringOptions } from "./keyring.ts";
export type { SdkLayout } from "./legacy-args.ts";
