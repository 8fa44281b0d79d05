/** Where a server is: an http(s) address with an optional path prefix in front of `/ojs/`. */
import { ojsError } from "../core/errors.ts";

/** A checked server address. */
export interface BaseUrl {
  readonly protocol: "http:" | "https:";
  /** `http://host:port`, without a slash at the end. */
  readonly origin: string;
  /** Host name as sockets want it: IPv6 addresses without their brackets. */
  readonly hostname: string;
  /** As the Host header has it. */
  readonly host: string;
  /** Empty = the protocol's own. */
  readonly port: string;
  /** Starts with `/` or is empty; never ends with one. */
  readonly prefix: string;
}

/**
 * Checks a server address.
 *
 * @throws OjsValidationError for anything but an http(s) address without credentials, query and fragment.
 */
export function parseBaseUrl(text: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol;
  if (url === undefined || (protocol !== "http:" && protocol !== "https:")) {
    throw unusable("is not an http(s) address", 'Give the whole address, such as "http://localhost:8080".');
  }
  if (url.username !== "" || url.password !== "") {
    throw unusable("contains credentials", "Give the key as `apiKey`.");
  }
  if (url.search !== "" || url.hash !== "") {
    throw unusable("contains a query or a fragment", 'End it before the "?" or "#".');
  }
  return {
    protocol,
    origin: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    host: url.host,
    port: url.port,
    prefix: url.pathname.replace(/\/+$/, ""),
  };
}

/** The address itself is not repeated: it may hold a password, and errors are logged. */
function unusable(problem: string, hint: string): Error {
  return ojsError("invalid_request", `The server address ${problem}.`, { hint, details: { field: "url" } });
}
