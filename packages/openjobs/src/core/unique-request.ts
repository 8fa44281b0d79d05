/** What a new job asks of the others (ojs-unique-jobs §3, §4): who counts as the same, and what then. */
import { canonicalJson } from "./canonical-json.ts";
import { parseIsoDuration } from "./duration.ts";
import type { JobState, JsonText } from "./job.ts";
import { joinPath } from "./json-path.ts";
import { isMembers, type Members, refused } from "./request-fields.ts";
import type { ConflictAction, WireUniquePolicy } from "./unique-policy.ts";

/** States in which a job is in the way when its rival names none: all that have not ended (ojs-unique-jobs §6.1). */
export const OPEN_STATES: readonly JobState[] = ["available", "active", "scheduled", "retryable", "pending"];

/** A checked wish for uniqueness. */
export interface UniqueRequest {
  /** Canonical JSON of what the job has in common with those it counts as the same as; its SHA-256 is the fingerprint. */
  readonly identity: JsonText;
  /** The fingerprint that the sender has made; null = it is to be made of `identity`. */
  readonly fingerprint: string | null;
  /** Jobs in one of these states are in the way. */
  readonly states: readonly JobState[];
  /** Jobs are in the way for so long after they were created, in milliseconds; null = for ever. */
  readonly periodMs: number | null;
  readonly onConflict: ConflictAction;
}

/** What of a job a fingerprint may be made of. */
export interface UniqueSubject {
  readonly type: string;
  readonly queue: string;
  /** JSON values. */
  readonly args: unknown;
  /** Made when somebody asks: few policies look at it. */
  readonly meta: () => Members;
}

/**
 * Makes the wish of a policy and the job that brings it.
 *
 * @param field Where the policy is in the request, for error messages.
 * @throws OjsError `invalid_request` when the policy names a member of args or meta that the job does not have.
 */
export function uniqueRequest(policy: WireUniquePolicy, subject: UniqueSubject, field: string): UniqueRequest {
  const { fingerprint = null, states = OPEN_STATES, period, on_conflict: onConflict = "reject" } = policy;
  return {
    // Encrypted arguments have no members to look for.
    identity: fingerprint === null ? identityOf(policy, subject, field) : "",
    fingerprint,
    states,
    periodMs: period === undefined ? null : (parseIsoDuration(period) ?? null),
    onConflict,
  };
}

/** The canonical text of an object that need not be made: its members are known, and so is their order. */
function identityOf(policy: WireUniquePolicy, subject: UniqueSubject, field: string): JsonText {
  const { keys, meta_keys: metaKeys = [] } = policy;
  let members = "";
  if (keys.includes("args")) members += `"args":${canonicalJson(argsOf(policy, subject.args, field))},`;
  if (keys.includes("meta")) {
    const compared = pick(subject.meta(), metaKeys, { from: "meta", field: joinPath(field, "meta_keys") });
    members += `"meta":${canonicalJson(compared)},`;
  }
  if (keys.includes("queue")) members += `"queue":${canonicalJson(subject.queue)},`;
  // The type counts even if nobody names it: a mail and a text message to one user are not the same job.
  return `{${members}"type":${canonicalJson(subject.type)}}`;
}

/** Arguments that have names are those of a single object: `[{"user_id": 42}]`. */
function argsOf({ args_keys: names }: WireUniquePolicy, args: unknown, field: string): unknown {
  if (names === undefined) return args;
  const only: unknown = Array.isArray(args) && args.length === 1 ? args[0] : undefined;
  const members = isMembers(only) ? only : {};
  return pick(members, names, { from: "args[0]", field: joinPath(field, "args_keys") });
}

/** These members, each of which has to be there: what is absent would be the same for everybody (§2.2). */
function pick(
  members: Members,
  names: readonly string[],
  place: { readonly from: string; readonly field: string },
): object {
  const missing = names.findIndex((name) => !Object.hasOwn(members, name));
  if (missing !== -1) {
    throw refused(
      joinPath(place.field, missing),
      `names "${names[missing]}", which is no member of ${place.from}`,
      `Send the member, or compare others. ${place.from} is where names are looked up.`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, members[name]]));
}
