/** Encrypted arguments as other programs write and read them, made with nothing of what is tested. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Job } from "../../src/core/codec/job-decode.ts";

export interface Encrypted {
  readonly args: readonly unknown[];
  readonly meta: Readonly<Record<string, unknown>>;
}

interface Box {
  readonly nonce: Buffer;
  /** With the tag behind it. */
  readonly ciphertext: Buffer;
}

function box(plain: unknown, key: Uint8Array): Box {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = [cipher.update(JSON.stringify(plain), "utf8"), cipher.final(), cipher.getAuthTag()];
  return { nonce, ciphertext: Buffer.concat(body) };
}

/** Every way in which some SDK writes encrypted arguments. */
export const WRITERS: Readonly<Record<string, (args: unknown, key: Uint8Array, keyId: string) => Encrypted>> = {
  "as the specification says": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    const data = Buffer.concat([Buffer.of(1), nonce, ciphertext]).toString("base64");
    return {
      args: [{ ojs_encoded: true, encoding: "binary/encrypted", data }],
      meta: { "ojs.codec.encodings": ["binary/encrypted"], "ojs.codec.key_id": id },
    };
  },
  "Rust: the nonce in front": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    return {
      args: [Buffer.concat([nonce, ciphertext]).toString("base64")],
      meta: { "ojs.codec.encodings": ["binary/encrypted"], "ojs.codec.key_id": id },
    };
  },
  "JavaScript and Python: the nonce in meta": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    return {
      args: [ciphertext.toString("base64")],
      meta: {
        "ojs.codec.encodings": ["binary/encrypted"],
        "ojs.codec.key_id": id,
        "ojs.codec.nonce": nonce.toString("base64"),
      },
    };
  },
  "JavaScript, before there were names": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    return {
      args: [ciphertext.toString("base64")],
      meta: {
        "ojs.encryption.encrypted": true,
        "ojs.encryption.key_id": id,
        "ojs.encryption.nonce": nonce.toString("base64"),
      },
    };
  },
  "Python, before there were names": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    const meta = { ojs_encoded: true, ojs_key_id: id, ojs_nonce: nonce.toString("base64") };
    return { args: [ciphertext.toString("base64")], meta };
  },
  "Rust, before there were names": (args, key, id) => {
    const { nonce, ciphertext } = box(args, key);
    const meta = { _encrypted: true, _encryption_key_id: id };
    return { args: [Buffer.concat([nonce, ciphertext]).toString("base64")], meta };
  },
};

/** Reads what the specification describes, and refuses whatever it does not. */
export function readBySpecification({ args, meta }: Encrypted, key: Uint8Array): Buffer {
  const [wrapper, ...others] = args;
  if (others.length > 0 || typeof wrapper !== "object" || wrapper === null) throw new Error("no wrapper");
  const { ojs_encoded: marker, data } = Object.assign({ ojs_encoded: undefined, data: undefined }, wrapper);
  const encodings = meta["ojs.codec.encodings"];
  if (marker !== true || !Array.isArray(encodings) || encodings.at(-1) !== "binary/encrypted")
    throw new Error("no marker");
  const bytes = Buffer.from(String(data), "base64");
  if (bytes[0] !== 1) throw new Error("no version");
  return opened(bytes.subarray(1, 13), bytes.subarray(13), key);
}

/** Reads one text with the nonce in front. */
export function readLikeRust({ args }: Encrypted, key: Uint8Array): Buffer {
  const bytes = Buffer.from(onlyText(args), "base64");
  return opened(bytes.subarray(0, 12), bytes.subarray(12), key);
}

/** Reads one text whose nonce is in meta; Python does the same. */
export function readLikeJavaScript({ args, meta }: Encrypted, key: Uint8Array): Buffer {
  const nonce = Buffer.from(String(meta["ojs.codec.nonce"]), "base64");
  return opened(nonce, Buffer.from(onlyText(args), "base64"), key);
}

function onlyText([text, ...others]: readonly unknown[]): string {
  if (typeof text !== "string" || others.length > 0) throw new Error("not one text");
  return text;
}

function opened(nonce: Buffer, ciphertext: Buffer, key: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
}

/** A job with these parts, for functions that read jobs. */
export function jobWith(parts: Partial<Job>): Job {
  return {
    id: "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    type: "card.charge",
    queue: "default",
    state: "available",
    args: [],
    meta: {},
    priority: 0,
    attempt: 0,
    maxAttempts: 3,
    createdAt: "2026-11-27T00:00:00.000Z",
    enqueuedAt: "2026-11-27T00:00:00.000Z",
    tags: [],
    errors: [],
    extensions: {},
    ...parts,
  };
}
