/** Types of `openjobs/encryption` as its users meet them; compiling this file is the test. */

import {
  type CodecError,
  type CodecErrorCode,
  compression,
  createKeyring,
  decryptJob,
  decryptResult,
  type EncryptedJob,
  encryption,
  encryptJob,
  type KeyProvider,
} from "../../src/encryption/index.ts";
import type { Job, Middleware, OjsClient } from "../../src/index.ts";
import type { TransactionClient } from "../../src/transactional/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isTrue<T extends true>(_: T | undefined): void {}

const bytes = new Uint8Array(32);

const keys = createKeyring({ current: "a", keys: { a: bytes, b: "base64" }, fingerprintKey: bytes });
isTrue<Equal<typeof keys, KeyProvider>>(undefined);
// @ts-expect-error -- a keyring needs to know which key is written
createKeyring({ keys: { a: bytes } });
// @ts-expect-error -- a number is no key
createKeyring({ current: "a", keys: { a: 42 } });

// An imported key is one, whatever the name of its type is in this runtime.
declare const imported: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
createKeyring({ current: "a", keys: { a: imported } });

// Providers may be synchronous or not, and need not know of unique jobs.
const kms: KeyProvider = { currentKeyId: () => "a", key: async (id) => (id === "a" ? bytes : undefined) };
const middleware: readonly Middleware[] = [
  encryption({ keys: kms, types: ["pay.*"], meta: ["customer"], results: true, required: true }),
  compression(),
  compression({ threshold: 1, maxBytes: 2, types: ["a"] }),
];
isTrue<Equal<typeof middleware, readonly Middleware[]>>(undefined);
// @ts-expect-error -- without keys there is nothing to encrypt with
encryption({});
// @ts-expect-error -- there is no such option
compression({ level: 9 });

// What is encrypted by hand is what `enqueue` takes, in a transaction as well.
const encrypted = await encryptJob({ type: "pay.card", args: { card: "4111" } }, { keys: kms, layout: "rust" });
isTrue<Equal<typeof encrypted, EncryptedJob>>(undefined);
declare const client: OjsClient;
declare const transaction: TransactionClient;
await client.enqueue(encrypted.type, encrypted.args, encrypted.options);
await transaction.enqueue(encrypted.type, encrypted.args, encrypted.options);
await client.enqueueBatch([encrypted]);

// A job keeps what its producer promised about it.
declare const job: Job<readonly [{ card: string }], { receipt: string }>;
const readable = await decryptJob(job, kms);
isTrue<Equal<typeof readable, typeof job>>(undefined);
const result = await decryptResult(job.result, kms);
isTrue<Equal<typeof result, unknown>>(undefined);

declare const error: CodecError;
isTrue<Equal<typeof error.code, CodecErrorCode>>(undefined);
isTrue<Equal<typeof error.keyId, string | undefined>>(undefined);
isTrue<Equal<typeof error.retryable, boolean>>(undefined);
