/**
 * Keeps web pages away (design 14). A page of any site may send simple requests to a server on its visitor's machine;
 * its `Origin` gives it away. A site that points its own name at 127.0.0.1 is given away by the `Host`.
 */
import { ojsError } from "../core/errors.ts";
import type { ServerRequest } from "./exchange.ts";

type Headers = ServerRequest["headers"];

/** Names that may be used in addition to the safe ones; compared without regard to case. */
export interface Allowed {
  /** Origins such as `https://admin.example.com`. */
  readonly origins: readonly string[];
  /** Host names without port such as `jobs.example.com`. */
  readonly hosts: readonly string[];
}

/** See {@link createBrowserGuard}. */
export interface BrowserGuard {
  /** Throws 403 for a foreign `Origin` and, when the server listens on loopback only, for a `Host` that is not. */
  check(headers: Headers, loopback: boolean): void;
  /** Headers that let an allowed origin read the answer (ojs-http-binding §20); empty for everybody else. */
  corsHeaders(headers: Headers): Readonly<Record<string, string>>;
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Whether this host name or address can only be reached from the same machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Creates the guard of one server. */
export function createBrowserGuard(allowed: Allowed): BrowserGuard {
  const origins = new Set(allowed.origins.map((origin) => origin.toLowerCase()));
  const hosts = new Set(allowed.hosts.map((host) => host.toLowerCase()));

  function check(headers: Headers, loopback: boolean): void {
    const host = headers.host?.toLowerCase();
    const origin = headers.origin?.toLowerCase();
    if (origin !== undefined && !origins.has(origin) && !isOwnOrigin(origin, host)) {
      throw ojsError("forbidden", "Requests from this Origin are not allowed.", {
        details: { header: "Origin" },
        hint: "Add the origin to the allowed origins of the server.",
      });
    }
    if (!loopback || host === undefined) return;
    const name = hostName(host);
    if (isLoopback(name) || hosts.has(name)) return;
    throw ojsError("forbidden", "This server listens on loopback and does not answer to this Host.", {
      details: { header: "Host" },
      hint: "Use localhost or 127.0.0.1, or add the name to the allowed hosts of the server.",
    });
  }

  function corsHeaders(headers: Headers): Readonly<Record<string, string>> {
    const origin = headers.origin;
    if (origin === undefined || !origins.has(origin.toLowerCase())) return NO_HEADERS;
    return {
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "X-Request-Id, OJS-Version, Retry-After",
      vary: "Origin",
    };
  }

  return { check, corsHeaders };
}

/** A page that this server itself has served. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, "");
}
