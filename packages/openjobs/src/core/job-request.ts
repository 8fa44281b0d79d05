/** Enqueue requests: from any JSON value to a checked job (ojs-core §5, ojs-http-binding §7, ojs-payload-limits). */
import { isExtension, isExtensionOption } from "./attribute-names.ts";
import { byteLength, exceedsBytes } from "./byte-length.ts";
import { comparedContent } from "./encoded-content.ts";
import { type OjsError, ojsError } from "./errors.ts";
import type { JobRequest, JsonText } from "./job.ts";
import { type JobOptions, readJobOptions } from "./job-options.ts";
import type { JobTimeouts } from "./job-timeouts.ts";
import { checkDepth, stringifyJson } from "./json.ts";
import { joinPath } from "./json-path.ts";
import { LIMITS } from "./limits.ts";
import { findMember, isMembers, type Members, openFields, type RequestFields, refused } from "./request-fields.ts";
import { withVersionApart } from "./type-version.ts";
import { type UniqueRequest, uniqueRequest } from "./unique-request.ts";
import { isUuid7 } from "./uuid7.ts";

/** A checked request; what is missing is decided by the engine: the id, the fingerprint, the moment of creation. */
export interface NewJob
  extends Omit<
      JobRequest,
      "id" | "createdAt" | "digest" | "fingerprint" | "workflowId" | "workflowStep" | "maxAttempts"
    >,
    Pick<JobTimeouts, "graceMs" | "totalMs" | "enqueueTtlMs"> {
  /** The id that the client chose; null = the server chooses. */
  readonly id: string | null;
  /** Null = the default of the queue, or else the server's. */
  readonly priority: number | null;
  /** Null = the client sent no retry policy: the default of the queue applies, or else the server's. */
  readonly maxAttempts: number | null;
  /** When the job becomes available, Unix milliseconds; null = at once. May be in the past. */
  readonly scheduledAt: number | null;
  /** Whether the job waits for its activation (ojs-core §7.1). */
  readonly pending: boolean;
  /** null = however many jobs are the same as this one. */
  readonly unique: UniqueRequest | null;
  /**
   * The text that tells a replay from a clash: two requests with one id and one source are the same request. Times in it
   * are as the client wrote them, so that a repeated `+PT5M` is a replay. Empty when the client chose no id.
   */
  readonly source: JsonText;
}

/** Circumstances of a request. */
export interface RequestContext {
  /** Unix milliseconds. */
  readonly now: number;
  /** Where the job is in its request, for error messages: `jobs[3]`. Absent = it is the request. */
  readonly field?: string;
}

/** A hyphen is not in ojs-core §5.1, but in openapi and in the names that the official suites use. */
const TYPE = /^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*$/;
const SPECVERSION = /^1\.\d{1,9}(?:\.\d{1,9})?(?:-[0-9A-Za-z.-]{1,64})?$/;

/**
 * Checks an enqueue request. Null counts as absent, system attributes are ignored, unknown attributes are kept.
 *
 * @param sent Any JSON value.
 * @throws OjsError `invalid_request` (400), `validation_error` for retry policies (422) or `payload_too_large` (413),
 * each naming the field in `details.field`.
 */
export function readJobRequest(sent: unknown, { now, field = "" }: RequestContext): NewJob {
  const body = withVersionApart(sent);
  const fields = openFields(body, field);
  checkDepth(body, LIMITS.depth, field);
  checkSpecversion(fields);
  const id = readId(fields);
  const type = readType(fields);
  const args = readArgs(fields);
  const meta = readMeta(fields);
  const options = readJobOptions(fields, now);
  const { timeouts } = options;
  const attributes = writeAttributes(fields, options.shown);
  checkSize(field, args, meta, attributes);
  // Field by field: copying an object by spreading it costs more than all the checks.
  return {
    id,
    type,
    queue: options.queue,
    args,
    meta,
    attributes,
    maxAttempts: options.maxAttempts,
    timeoutMs: timeouts.timeoutMs,
    visibilityMs: timeouts.visibilityMs,
    graceMs: timeouts.graceMs,
    totalMs: timeouts.totalMs,
    enqueueTtlMs: timeouts.enqueueTtlMs,
    heartbeatMs: timeouts.heartbeatMs,
    expiresAt: options.expiresAt,
    priority: options.priority,
    scheduledAt: options.scheduledAt,
    pending: options.pending,
    cron: null,
    lane: options.lane,
    unique: readUnique(fields, options, { type, meta }),
    source: id === null ? "" : sourceOf(fields, args, meta),
  };
}

function checkSpecversion({ body, path }: RequestFields): void {
  const found = findMember(body, "specversion", path);
  const { value } = found;
  if (value === null || (typeof value === "string" && SPECVERSION.test(value))) return;
  throw refused(found.field, "must be a version 1.x", 'Send "1.0" or leave it out.');
}

function readId({ body, path }: RequestFields): string | null {
  const found = findMember(body, "id", path);
  const { value } = found;
  if (value === null) return null;
  if (typeof value === "string" && isUuid7(value)) return value;
  throw refused(
    found.field,
    "must be a UUIDv7 in lower case",
    "Leave it out to let the server choose, or make one like 019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f.",
  );
}

/** Whether a server takes jobs of this type (ojs-core §5.1). */
export function isJobType(text: string): boolean {
  return text.length <= LIMITS.typeChars && TYPE.test(text);
}

function readType({ body, path }: RequestFields): string {
  const found = findMember(body, "type", path);
  const { value } = found;
  if (value === null) throw refused(found.field, "is missing", TYPE_HINT);
  if (typeof value === "string" && isJobType(value)) return value;
  throw refused(
    found.field,
    `must be a job type of 1 to ${LIMITS.typeChars} characters: segments of a-z, 0-9, '_' and '-' that start with a letter, joined by dots`,
    TYPE_HINT,
  );
}

const TYPE_HINT = 'Send a type like "email.send".';

function readArgs({ body, path }: RequestFields): JsonText {
  const found = findMember(body, "args", path);
  const { value } = found;
  if (Array.isArray(value)) return stringifyJson(value);
  const problem = value === null ? "is missing: it must be an array" : "must be an array";
  throw refused(found.field, problem, 'Wrap a single value: "args": [{"to": "a@example.com"}]. No arguments are [].');
}

/** `options.metadata` is openapi's place for the same thing; `meta` goes before it. */
function readMeta({ body, options, path }: RequestFields): JsonText {
  const meta = readObject(body, "meta", path);
  const metadata = readObject(options, "metadata", path === "" ? "options" : `${path}.options`);
  if (meta === undefined && metadata === undefined) return "{}";
  const text = stringifyJson({ ...metadata, ...meta });
  if (!exceedsBytes(text, LIMITS.metaBytes)) return text;
  throw tooLarge(joinPath(path, "meta"), byteLength(text), LIMITS.metaBytes);
}

function readObject(members: Members, name: string, path: string): Members | undefined {
  const found = findMember(members, name, path);
  const { value } = found;
  if (value === null) return undefined;
  if (isMembers(value)) return value;
  throw refused(found.field, "must be an object");
}

function readUnique(
  { body }: RequestFields,
  { unique, queue }: JobOptions,
  { type, meta }: Pick<NewJob, "type" | "meta">,
): UniqueRequest | null {
  if (unique === null) return null;
  const merged = (): Members => JSON.parse(meta); // readMeta wrote an object
  return uniqueRequest(unique.policy, { type, queue, args: body.args, meta: merged }, unique.field);
}

/** Text, not an object: a client's `__proto__` is a name like any other here. */
function writeAttributes({ body, options }: RequestFields, shown: readonly (readonly [string, unknown])[]): JsonText {
  const extensions = Object.keys(body).filter(isExtension);
  const extensionOptions = Object.keys(options).filter(isExtensionOption);
  if (shown.length + extensions.length + extensionOptions.length === 0) return "{}";
  const members = [
    ...shown.map(([name, value]) => member(name, value)),
    ...extensions.map((name) => member(name, body[name])),
  ];
  if (extensionOptions.length > 0) {
    members.push(`"options":{${extensionOptions.map((name) => member(name, options[name])).join(",")}}`);
  }
  return `{${members.join(",")}}`;
}

function member(name: string, value: unknown): string {
  return `${stringifyJson(name)}:${stringifyJson(value)}`;
}

function checkSize(field: string, ...parts: readonly JsonText[]): void {
  const chars = parts.reduce((sum, part) => sum + part.length, 0);
  if (chars * 3 <= LIMITS.jobBytes) return;
  const actual = parts.reduce((sum, part) => sum + byteLength(part), 0);
  if (actual > LIMITS.jobBytes) throw tooLarge(field === "" ? "job" : field, actual, LIMITS.jobBytes);
}

function tooLarge(field: string, actual: number, max: number): OjsError {
  return ojsError("payload_too_large", `${field} has ${actual} bytes of JSON; ${max} are allowed.`, {
    details: { field, actual, max },
  });
}

/** Member by member: `args` and `meta` are texts already, and a copy of the body without these two has no other use. */
function sourceOf({ body }: RequestFields, args: JsonText, meta: JsonText): JsonText {
  let text = "";
  for (const name of Object.keys(body)) text += `${text === "" ? "" : ","}${sourceMember(name, body[name])}`;
  return `[{${text}${Object.hasOwn(body, "meta") ? "" : ',"meta":null'}},${comparedContent(args, meta)}]`;
}

function sourceMember(name: string, value: unknown): string {
  if (name === "args" || name === "meta") return `"${name}":null`;
  // Nothing that has to be escaped passes their checks.
  if (name === "id" || name === "type") return `"${name}":"${value}"`;
  return member(name, value);
}
