/** The formats of strings that are checked (JSON Schema validation §7.3). Others are notes for the reader. */
import { isIPv4, isIPv6 } from "node:net";
import { parseTimestamp } from "../../core/time.ts";

const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const ABSOLUTE = /^[a-z][a-z\d+.-]*:[^\s]+$/i;
const LOCAL_PART = /^[^\s@"(),:;<>[\\\]]+$/;

/** None of them takes longer than it takes to read the text. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: (text) => text.length === 10 && parseTimestamp(`${text}T00:00:00Z`) !== undefined,
  "date-time": (text) => parseTimestamp(text) !== undefined,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: (text) => isIPv6(text) && !text.includes("%"),
  time: (text) => parseTimestamp(`1970-01-02T${text}`) !== undefined,
  uri: (text) => ABSOLUTE.test(text) && URL.canParse(text),
  uuid: (text) => UUID.test(text),
};

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && at <= 64 && LOCAL_PART.test(text.slice(0, at)) && isHostname(text.slice(at + 1));
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => LABEL.test(label));
}
