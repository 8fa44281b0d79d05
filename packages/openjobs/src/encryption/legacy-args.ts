/**
 * How official SDKs write encrypted arguments today: one text in base64, with the nonce in front of it (Rust) or in `meta`
 * (JavaScript, Python), and names of their own before the specification had any.
 */
import { META_CONTENT } from "../core/encoded-content.ts";
import type { JsonObject } from "../core/json-object.ts";
import { type Sealed, withNonce } from "./aes-gcm.ts";
import { toBase64 } from "./base64.ts";
import { chainInMeta, ENCRYPTED, type Encoded, META_ENCODINGS, META_KEY_ID } from "./envelope.ts";

const META_NONCE = "ojs.codec.nonce";

interface Spelling {
  /** Is true in `meta` of a job that was encrypted. */
  readonly mark: string;
  readonly keyId: string;
  readonly nonce?: string;
}

/** In the layout of which official SDK arguments are encrypted. */
export type SdkLayout = "rust" | "javascript" | "python";

/** The members of `meta` and the arguments, such that workers with that SDK can read them. */
export function sealedForSdk(
  sealed: Sealed,
  layout: SdkLayout,
): { readonly args: readonly string[]; readonly meta: JsonObject } {
  if (layout === "rust") return { args: [toBase64(withNonce(sealed))], meta: {} };
  return { args: [toBase64(sealed.ciphertext)], meta: { [META_NONCE]: toBase64(sealed.nonce) } };
}

/** JavaScript, Python and Rust, before ojs-encryption §5.3. */
const OLD_SPELLINGS: readonly Spelling[] = [
  { mark: "ojs.encryption.encrypted", keyId: "ojs.encryption.key_id", nonce: "ojs.encryption.nonce" },
  { mark: "ojs_encoded", keyId: "ojs_key_id", nonce: "ojs_nonce" },
  { mark: "_encrypted", keyId: "_encryption_key_id" },
];

/** Members of `meta` that are about the encoding of the arguments and mean nothing to a handler. */
export const CODEC_META: ReadonlySet<string> = new Set([
  META_ENCODINGS,
  META_KEY_ID,
  META_CONTENT,
  META_NONCE,
  ...OLD_SPELLINGS.flatMap(({ mark, keyId, nonce }) => [mark, keyId, ...(nonce === undefined ? [] : [nonce])]),
]);

/** Encrypted arguments that are not in a wrapper; undefined when these are none. */
export function legacyArgs(args: readonly unknown[], meta: JsonObject): Encoded | undefined {
  const [data, ...others] = args;
  if (typeof data !== "string" || others.length > 0) return undefined;
  const chain = chainInMeta(meta);
  const old = OLD_SPELLINGS.find(({ mark }) => meta[mark] === true);
  if (!chain?.includes(ENCRYPTED) && old === undefined) return undefined;
  const keyId = textIn(meta, META_KEY_ID) ?? textIn(meta, old?.keyId);
  const nonce = textIn(meta, META_NONCE) ?? textIn(meta, old?.nonce);
  return {
    data,
    chain: chain ?? [ENCRYPTED],
    ...(keyId === undefined ? {} : { keyId }),
    nonce: nonce === undefined ? "in front" : { base64: nonce },
  };
}

function textIn(meta: JsonObject, name: string | undefined): string | undefined {
  const found = name === undefined ? undefined : meta[name];
  return typeof found === "string" ? found : undefined;
}
