/** Request ids (ojs-http-binding §19): the client's when it is fit for a header and a log line, else one of ours. */
import { randomFillSync } from "node:crypto";
import { createUuid7 } from "../core/uuid7.ts";

const ACCEPTED = /^[\w.:/+=@-]{1,128}$/;

/** Chooses the id of a request from its `X-Request-Id` header; of a repeated header the first value counts. */
export type RequestIds = (header: string | undefined) => string;

/** Creates the source of ids; `now` is in Unix milliseconds. */
export function createRequestIds(now: () => number): RequestIds {
  const uuid7 = createUuid7({ now, random: (bytes) => void randomFillSync(bytes) });
  return (header) => {
    if (header !== undefined && ACCEPTED.test(header)) return header;
    const wished = header?.split(",", 1)[0]?.trim();
    return wished !== undefined && ACCEPTED.test(wished) ? wished : `req_${uuid7()}`;
  };
}
