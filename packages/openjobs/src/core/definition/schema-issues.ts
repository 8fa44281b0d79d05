/** What does not fit a schema, as errors tell it: the place and what is expected there, never what was there instead. */
import { joinPath } from "../json-path.ts";
import type { StandardIssue } from "./standard-schema.ts";

/** One place that does not fit. */
export interface SchemaIssue {
  /** `args[0].to`. */
  readonly path: string;
  readonly message: string;
}

/** As many as the server's registry names. */
const MAX_ISSUES = 20;

/** How many values below a place are looked for in its message. */
const MAX_LEAVES = 100;

/** @param value What was checked, which is at `place` of a job. */
export function readIssues(issues: readonly StandardIssue[], value: unknown, place: string): readonly SchemaIssue[] {
  return issues.slice(0, MAX_ISSUES).map((issue) => {
    const steps = (issue.path ?? []).map(keyOf);
    const path = steps.reduce<string>((at, key) => joinPath(at, typeof key === "number" ? key : String(key)), place);
    return { path, message: discreet(issue, steps.reduce(memberOf, value)) };
  });
}

/** In one sentence, for the message of an error. */
export function sumUp([first, ...others]: readonly SchemaIssue[]): string {
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return first === undefined ? "the schema refused it" : `${first.path}: ${first.message}${more}`;
}

function keyOf(step: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof step === "object" ? step.key : step;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** Valibot and ArkType quote what they found, but errors are kept and logged, and arguments may be a secret. */
function discreet(issue: StandardIssue, found: unknown): string {
  const texts = leafTexts(found);
  const reveals = (text: string): boolean => texts.some((leaf) => text.includes(leaf));
  if (!reveals(issue.message)) return issue.message;
  const expected = "expected" in issue && typeof issue.expected === "string" ? `expected ${issue.expected}` : "";
  return expected === "" || reveals(expected) ? "does not fit the schema" : expected;
}

function leafTexts(value: unknown): readonly string[] {
  const texts: string[] = [];
  const queue = [value];
  for (const each of queue) {
    if (typeof each === "object" && each !== null) queue.push(...Object.values(each).slice(0, MAX_LEAVES));
    else if (typeof each === "number" || (typeof each === "string" && each !== "")) texts.push(String(each));
    if (queue.length > MAX_LEAVES) break;
  }
  return texts;
}
