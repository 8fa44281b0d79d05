/** Certificates from files that the environment names (ojs-sdk-guidelines §7.2). */
import { readFileSync } from "node:fs";
import { ojsError } from "../core/errors.ts";
import { fromEnvironment } from "./environment.ts";

/** PEM texts; what is absent stays as Node has it. */
export interface TlsFiles {
  /** The authority that has signed the server's certificate. */
  readonly ca?: string;
  /** The client's certificate. */
  readonly cert?: string;
  /** Its key. */
  readonly key?: string;
}

const VARIABLES = { ca: "OJS_TLS_CA_FILE", cert: "OJS_TLS_CERT_FILE", key: "OJS_TLS_KEY_FILE" } as const;

/**
 * What the files hold that `OJS_TLS_CA_FILE`, `OJS_TLS_CERT_FILE` and `OJS_TLS_KEY_FILE` lead to.
 *
 * @throws OjsValidationError for a file that cannot be read, and for a certificate without a key.
 */
export function tlsFromEnvironment(): TlsFiles {
  const files = Object.entries(VARIABLES).flatMap(([member, variable]) => {
    const path = fromEnvironment(variable);
    return path === undefined ? [] : [[member, readPem(path, variable)] as const];
  });
  const tls: TlsFiles = Object.fromEntries(files);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const missing = tls.cert === undefined ? VARIABLES.cert : VARIABLES.key;
    throw ojsError("invalid_request", `A client certificate needs its key: ${missing} is not set.`, {
      details: { field: missing },
    });
  }
  return tls;
}

function readPem(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw ojsError("invalid_request", `The file that ${variable} leads to cannot be read.`, {
      details: { field: variable, path },
      cause,
    });
  }
}
