/**
 * Workflows as plain values (ojs-workflows §4–§6, §10): a builder puts its arguments into an object and does nothing else,
 * so that workflows can be built anywhere, nested, kept and compared.
 */
import type {
  Batch,
  BatchCallbacks,
  Chain,
  Composition,
  Graph,
  GraphStep,
  GraphSteps,
  Group,
  Step,
  StepOptions,
  WorkflowMember,
} from "../core/codec/workflow-definition.ts";
import type { DefinedJob } from "../core/definition/define-job.ts";
import type { JobArgs } from "../core/job-args.ts";

/** A member whose results have known types: a job of a definition, or what is made of such jobs. */
type DefinedMember = DefinedJob | Chain | Group | Batch;

/** The same for a graph. */
type DefinedSteps<Name extends string> = Readonly<Record<Name, DefinedJob & Pick<GraphStep<Name>, "dependsOn">>>;

/** Refuses what no step has: where types are inferred, the compiler does not see that a name is misspelt. */
type NothingElse<Steps> = {
  readonly [Name in keyof Steps]: {
    readonly [Other in Exclude<keyof Steps[Name], keyof DefinedJob | "dependsOn">]: never;
  };
};

/**
 * One job of a workflow: type, arguments and options as for `enqueue`. A `delay` counts from the moment when it is the
 * step's turn.
 *
 * @example step("email.send", { to: "ada@example.com" }, { queue: "email", retry: { maxAttempts: 5 } })
 */
export function step<Args extends JobArgs = readonly []>(type: string, args?: Args, options?: StepOptions): Step<Args> {
  return { type, ...(args === undefined ? {} : { args }), ...(options === undefined ? {} : { options }) };
}

/**
 * Steps one after another: each gets the results of those before it, and the first that fails ends the chain
 * (ojs-workflows §4).
 *
 * @example chain([step("video.fetch", { url }), group([step("video.encode", "hd"), step("video.encode", "sd")]), step("video.publish")])
 */
export function chain<const Steps extends readonly DefinedMember[]>(
  steps: Steps,
  composition?: Composition,
): Chain<Steps>;
export function chain(steps: readonly WorkflowMember[], composition?: Composition): Chain;
export function chain(steps: readonly WorkflowMember[], composition?: Composition): Chain {
  return { ...composition, kind: "chain", steps };
}

/**
 * Jobs at once; the group ends with the last of them, and it fails when one of them did (ojs-workflows §5).
 *
 * @example group(["csv", "pdf"].map((format) => step("export.write", { format })), { name: "exports" })
 */
export function group<const Jobs extends readonly DefinedMember[]>(jobs: Jobs, composition?: Composition): Group<Jobs>;
export function group(jobs: readonly WorkflowMember[], composition?: Composition): Group;
export function group(jobs: readonly WorkflowMember[], composition?: Composition): Group {
  return { ...composition, kind: "group", jobs };
}

/**
 * Jobs at once, and callbacks when the last of them has ended, each exactly once (ojs-workflows §6).
 *
 * @example batch(users.map(({ email }) => step("email.send", { email })), { onComplete: step("report.build"), name: "newsletter" })
 */
export function batch<const Jobs extends readonly DefinedMember[]>(
  jobs: Jobs,
  composition: BatchCallbacks & Composition,
): Batch<Jobs>;
export function batch(jobs: readonly WorkflowMember[], composition: BatchCallbacks & Composition): Batch;
export function batch(
  jobs: readonly WorkflowMember[],
  { name, options, ...callbacks }: BatchCallbacks & Composition,
): Batch {
  return {
    kind: "batch",
    jobs,
    callbacks,
    ...(name === undefined ? {} : { name }),
    ...(options === undefined ? {} : { options }),
  };
}

/**
 * Jobs that wait for others of them, by name: what chains and groups cannot say (ojs-http-binding §14.1). A name that does
 * not exist does not compile; a circle is refused by the server.
 *
 * @example
 * graph({
 *   fetch: step("data.fetch"),
 *   clean: { ...step("data.clean"), dependsOn: ["fetch"] },
 *   count: { ...step("data.count"), dependsOn: ["fetch"] },
 *   report: { ...step("report.build"), dependsOn: ["clean", "count"] },
 * })
 */
export function graph<const Steps extends DefinedSteps<Extract<keyof Steps, string>>>(
  steps: Steps & NothingElse<Steps>,
  composition?: Composition,
): Graph<Steps>;
export function graph<Name extends string>(
  steps: Readonly<Record<Name, GraphStep<NoInfer<Name>>>>,
  composition?: Composition,
): Graph;
export function graph(steps: GraphSteps, composition?: Composition): Graph {
  return { ...composition, kind: "graph", steps };
}
