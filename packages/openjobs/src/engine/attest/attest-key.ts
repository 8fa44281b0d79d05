/** The key that receipts are signed with: one for all servers of a store, in a record of the store. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { canonicalJson } from "../../core/canonical-json.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { EngineContext } from "../context.ts";
import { changeRecords } from "../record-change.ts";
import { answered } from "../storage-trouble.ts";
import type { AttestKey } from "./attest-engine.ts";

const KIND = "attest-key";
const ID = "current";

/** Both halves. */
export interface KeyPair extends AttestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A private JSON Web Key, as it is kept. */
interface PrivateJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly d: string;
}

/** Finds the key, or makes it: once for each engine, and once for each store, whichever server is first. */
export class AttestKeys {
  readonly #context: EngineContext;
  #pair: Promise<KeyPair> | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  get(): Promise<KeyPair> {
    this.#pair ??= this.#findOrMake().catch((error: unknown) => {
      this.#pair = undefined;
      throw error;
    });
    return this.#pair;
  }

  async #findOrMake(): Promise<KeyPair> {
    const { storage, committer, newId } = this.#context;
    for (;;) {
      const [record] = await answered(storage.records.get(KIND, [ID]));
      if (record !== undefined) return pairIn(record);
      const body = JSON.stringify(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
      const made: StoredRecord = { kind: KIND, id: ID, revision: newId(), dueAt: null, body };
      // If another server was faster, its key counts.
      if (await changeRecords(committer, [{ kind: "put-record", record: made, before: null }])) return pairIn(made);
    }
  }
}

function pairIn({ body }: StoredRecord): KeyPair {
  const { kty, crv, x, d } = JSON.parse(body) as PrivateJwk; // `#findOrMake` wrote it
  const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
  const jwk = { kty, crv, x };
  const keyId = hash("sha256", canonicalJson(jwk), "base64url");
  return { keyId, jwk, privateKey, publicKey: createPublicKey(privateKey) };
}
