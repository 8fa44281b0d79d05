/** What is promised of durable steps, as rules over what was seen of them. */

/** A step had its effect, or gave its result to the handler. */
export interface Seen {
  readonly kind: "did" | "got";
  readonly job: string;
  readonly attempt: number;
  /** Id of the worker. */
  readonly by: string;
  readonly step: string;
  readonly value?: unknown;
}

/** A worker died, and this is what the server had of a job's steps then. */
export interface Kept {
  readonly kind: "kept";
  readonly job: string;
  readonly steps: readonly (readonly [name: string, value?: unknown])[];
}

/** How a job ended. */
export interface Ended {
  readonly kind: "ended";
  readonly job: string;
  readonly state: string;
  readonly result: unknown;
}

/** In the order in which it happened. */
export type History = readonly (Seen | Kept | Ended)[];

/** What of the history of these steps must not be; each a sentence that begins with the name of its rule. */
export function checkSteps(history: History, steps: readonly string[]): readonly string[] {
  const jobs = new Set(history.map(({ job }) => job));
  return [...jobs].flatMap((job) => {
    const own = history.filter((one) => one.job === job);
    return [...stepsOf(own, steps), ...resultsOf(own), ...endOf(own, steps)].map((broken) => `${broken} (job ${job})`);
  });
}

/** A step that counts is not done again, and none is skipped. */
function stepsOf(history: History, steps: readonly string[]): readonly string[] {
  const broken: string[] = [];
  const counted = new Map<string, string>();
  for (const one of history) {
    if (one.kind === "kept") for (const [name] of one.steps) counted.set(name, "was kept");
    if (one.kind === "ended" || one.kind === "kept") continue;
    const { kind, step, by } = one;
    if (kind === "got") counted.set(step, "had counted");
    else if (counted.has(step)) broken.push(`repeated: ${by} did "${step}" again, which ${counted.get(step)}`);
    const before = steps.slice(0, steps.indexOf(step)).filter((name) => !counted.has(name));
    if (before.length > 0) broken.push(`skipped: "${step}" before ${before.join(", ")}`);
  }
  return broken;
}

/** Whoever gets the result of a step gets the same: that of the last time it was done, which is the one that is kept. */
function resultsOf(history: History): readonly string[] {
  const broken: string[] = [];
  const results = new Map<string, string>();
  for (const one of history) {
    if (one.kind === "did") results.set(one.step, text(one.value));
    if (one.kind === "got" && results.get(one.step) !== text(one.value)) broken.push(`changed: "${one.step}"`);
    if (one.kind !== "kept") continue;
    for (const [name, value] of one.steps)
      if (results.get(name) !== text(value)) broken.push(`changed: "${name}" as it is kept`);
  }
  return broken;
}

function endOf(history: History, steps: readonly string[]): readonly string[] {
  const end = history.find(({ kind }) => kind === "ended");
  if (end?.kind !== "ended" || end.state !== "completed") return [`unfinished: ${end?.kind === "ended" && end.state}`];
  const last = steps.map((name) => history.findLast((one) => one.kind === "did" && one.step === name));
  const made = last.map((one) => (one?.kind === "did" ? (one.value ?? null) : "never done"));
  return text(made) === text(end.result) ? [] : [`result: ${text(end.result)} is not of ${text(made)}`];
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
