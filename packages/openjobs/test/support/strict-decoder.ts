/**
 * The official Rust SDK as a reader of our answers: which of them it parses as what, and what it would refuse about one.
 * One refused job costs its worker a whole fetch (sdk-wire-contract §1.4).
 */
import { duplicateNames, isObject, listOf, type Rule, required, struct, u64 } from "./strict/serde.ts";
import * as shapes from "./strict/shapes.ts";

export { duplicateNames } from "./strict/serde.ts";

/** An answer, and what of its request decides how it is read. */
export interface StrictAnswer {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly status: number;
  /** The body; empty when there is none. */
  readonly text: string;
  /** Whether the request had the header `OJS-Version`, as those of all SDKs have (§0.3). */
  readonly sdk: boolean;
  /** Whether the answer is a receipt, for which no other SDK asks. */
  readonly minimal?: boolean;
}

interface Reading {
  readonly method: string;
  /** Of the path behind `/ojs/v1`. */
  readonly path: RegExp;
  readonly rule: Rule;
  /** Whether it is read like that only by those who send `OJS-Version`; the official cases want another shape. */
  readonly sdkOnly?: boolean;
}

/** `{"job": …}` and flat at once: versions and SDKs differ in which of them they read (§0.1, §6.1). */
function superset(name: string, rule: Rule): Rule {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: not an object`];
    const wrapped = value[name];
    // A client's own attribute of that name is in the way of the flat copy.
    const clash = isObject(wrapped) && Object.hasOwn(wrapped, name);
    return [...rule(wrapped, `${path}.${name}`), ...(clash ? [] : rule(value, path))];
  };
}

const wrapper = (name: string, rule: Rule): Rule => struct({ [name]: required(rule) });
const page = (name: string, rule: Rule): Rule =>
  struct({
    [name]: required(listOf(rule)),
    pagination: { rule: shapes.pagination, missing: "fine", nothing: "fine" },
  });

const job = superset("job", shapes.job);
const workflow = superset("workflow", shapes.workflow);
const cronJob = superset("cron_job", shapes.cronJob);

const READINGS: readonly Reading[] = [
  { method: "POST", path: /^\/jobs$/, rule: job },
  {
    method: "POST",
    path: /^\/jobs\/batch$/,
    rule: struct({ jobs: required(listOf(shapes.job)), count: required(u64) }),
  },
  { method: "GET", path: /^\/jobs\/[^/]+$/, rule: job },
  { method: "PATCH", path: /^\/jobs\/[^/]+$/, rule: job },
  { method: "DELETE", path: /^\/jobs\/[^/]+$/, rule: job },
  { method: "POST", path: /^\/jobs\/[^/]+\/activate$/, rule: job },
  { method: "POST", path: /^\/jobs\/(?!bulk\/)[^/]+\/cancel$/, rule: job },
  { method: "POST", path: /^\/(workers|jobs)\/fetch$/, rule: wrapper("jobs", listOf(shapes.job)) },
  { method: "POST", path: /^\/workers\/(heartbeat|beat)$/, rule: shapes.heartbeat },
  { method: "GET", path: /^\/queues$/, rule: page("queues", shapes.queue) },
  { method: "GET", path: /^\/queues\/[^/]+\/stats$/, rule: shapes.queueStats, sdkOnly: true },
  { method: "GET", path: /^\/dead-letter$/, rule: page("jobs", shapes.job) },
  { method: "POST", path: /^\/dead-letter\/[^/]+\/retry$/, rule: job },
  { method: "POST", path: /^\/workflows$/, rule: workflow },
  { method: "GET", path: /^\/workflows$/, rule: page("workflows", shapes.workflow) },
  { method: "GET", path: /^\/workflows\/[^/]+$/, rule: workflow },
  { method: "DELETE", path: /^\/workflows\/[^/]+$/, rule: workflow },
  { method: "POST", path: /^\/workflows\/[^/]+\/retry$/, rule: workflow },
  { method: "POST", path: /^\/cron$/, rule: cronJob, sdkOnly: true },
  { method: "GET", path: /^\/cron$/, rule: page("cron_jobs", shapes.cronJob) },
  { method: "GET", path: /^\/cron\/[^/]+$/, rule: wrapper("cron_job", shapes.cronJob) },
  { method: "PATCH", path: /^\/cron\/[^/]+$/, rule: wrapper("cron_job", shapes.cronJob) },
  { method: "POST", path: /^\/cron\/[^/]+\/trigger$/, rule: job },
  { method: "GET", path: /^\/health$/, rule: shapes.health },
  { method: "GET", path: /^\/events$/, rule: wrapper("events", listOf(shapes.event)) },
];

/** What the Rust SDK would refuse about an answer; empty when it is fine, and when that SDK does not look at it. */
export function strictProblems(answer: StrictAnswer): readonly string[] {
  const { status, text } = answer;
  if (text === "") return status < 300 && readingOf(answer) !== undefined ? ["the body is empty"] : [];
  const value = parsed(text);
  if (value === undefined) return [`the body is not JSON: ${text.slice(0, 100)}`];
  return [...ruleOf(answer)(value, "$"), ...duplicateNames(text)];
}

/** What the Rust SDK would refuse about a job; empty when it is fine. */
export function strictJobProblems(value: unknown): readonly string[] {
  return shapes.job(value, "job");
}

/** The same for the text of an answer about one job, or of a fetch, `{"jobs": […]}`. */
export function strictAnswerProblems(text: string): readonly string[] {
  const value = parsed(text);
  const isList = isObject(value) && Array.isArray(value.jobs);
  const rule = isList ? wrapper("jobs", listOf(shapes.job)) : job;
  return [...rule(value, "$"), ...duplicateNames(text)];
}

function ruleOf(answer: StrictAnswer): Rule {
  const { path, status } = answer;
  if (!path.startsWith("/ojs/")) return () => []; // probes and the like
  if (status >= 400) return refusalOf(path);
  if (/^\/ojs\/manifest(\?|$)/.test(path)) return shapes.manifest;
  return readingOf(answer)?.rule ?? jobsInside;
}

/** An unhealthy server tells its health, and a bulk of which nothing was done the outcomes of its items. */
function refusalOf(path: string): Rule {
  if (/^\/ojs\/v1\/health(\?|$)/.test(path)) return shapes.health;
  if (!path.startsWith("/ojs/v1/jobs/bulk")) return shapes.error;
  return (value, at) => (isObject(value) && "items" in value ? jobsInside(value, at) : shapes.error(value, at));
}

function readingOf({ method, path, sdk, minimal }: StrictAnswer): Reading | undefined {
  const [bare = ""] = path.split("?");
  const resource = /^\/ojs\/v1(\/.*)$/.exec(bare)?.[1];
  if (resource === undefined || minimal === true) return undefined;
  const reading = READINGS.find((each) => each.method === method && each.path.test(resource));
  return reading?.sdkOnly === true && !sdk ? undefined : reading;
}

/** Answers that only our own SDK knows: the jobs in them are jobs all the same. */
const jobsInside: Rule = (value, path) => {
  if (!isObject(value)) return [];
  const { job: one, jobs, items } = value;
  const lists = [jobs, items].flatMap((list) => (Array.isArray(list) ? list : []));
  return [one, ...lists, ...lists.map((item) => (isObject(item) ? item.job : undefined))]
    .filter(looksLikeJob)
    .flatMap((found) => shapes.job(found, `${path}…job`));
};

/** Receipts and rows of lists are less than a job, and do not say that they are one. */
function looksLikeJob(value: unknown): boolean {
  return isObject(value) && "specversion" in value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
