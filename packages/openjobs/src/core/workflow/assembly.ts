/** Steps and joins of a workflow while it is compiled. */
import type { UniqueRequest } from "../unique-request.ts";
import type { DefinitionNode, JobNode } from "./definition.ts";
import type { ReadyJob } from "./release.ts";
import type { JoinProgram, JoinRecord, NestedNode, Parents, Place, StepRange, StepRecord } from "./workflow.ts";

/** What is around a node. */
export interface Surroundings {
  readonly place: Place;
  /** Joins that the end of the node arrives at, once each. */
  readonly targets: readonly number[];
  readonly parents: Parents | null;
}

/** How all arrivals of a join together turned out: none was a failure, or some were. */
export type Outcome = "ok" | "bad";

/** Compiles a node into an assembly and answers the steps that start it. */
export type CompileNode = (node: DefinitionNode, around: Surroundings, assembly: Assembly) => readonly StepRange[];

/** Who makes a workflow, and when. */
export interface Origin {
  readonly workflowId: string;
  readonly newId: () => string;
  /** Hashes what a unique job is told by. */
  readonly fingerprintOf: (unique: UniqueRequest) => string;
  /** Unix milliseconds. */
  readonly now: number;
}

export const IDLE: JoinProgram = { release: [], skip: [], arrive: [], end: null };

export class Assembly {
  readonly steps: StepRecord[] = [];
  /** The jobs of the steps, index by index. */
  readonly ready: ReadyJob[] = [];
  readonly nested: NestedNode[] = [];
  readonly #joins: { expected: number; ok: JoinProgram; bad: JoinProgram }[] = [];
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  get joins(): readonly JoinRecord[] {
    return this.#joins.map((join, number) => ({ number, remaining: join.expected, failed: 0, ...join }));
  }

  /** Adds a step. Its arrivals are not expected by this alone: not every step runs. */
  step(node: JobNode, { place, targets, parents }: Surroundings): StepRange {
    const { workflowId, newId, now } = this.#origin;
    const { id, name, relative, dependsOn } = node;
    const { unique, ...request } = node.request;
    const fingerprint = unique === null ? null : this.#origin.fingerprintOf(unique);
    const number = this.steps.length;
    const jobId = newId();
    this.ready.push({ workflowId, step: number, jobId, fingerprint, request, readAt: now, relative });
    const plan = {
      number,
      id,
      name,
      type: request.type,
      place,
      callback: node.callback,
      dependsOn,
      parents,
      jobId,
      targets,
    };
    this.steps.push({ ...plan, ready: null, state: "waiting", startedAt: null, endedAt: null, error: null });
    return [number, number + 1];
  }

  /** Adds a join that does nothing yet. */
  join(ok: JoinProgram = IDLE, bad: JoinProgram = IDLE): number {
    this.#joins.push({ expected: 0, ok, bad });
    return this.#joins.length - 1;
  }

  /** Adds a join whose outcome is the outcome of a node with these targets. */
  joinBefore(targets: readonly number[]): number {
    for (const target of targets) this.expect(target);
    return this.join({ ...IDLE, arrive: arrivals(targets, "ok") }, { ...IDLE, arrive: arrivals(targets, "bad") });
  }

  /** One arrival more. */
  expect(join: number): void {
    const draft = this.#joins[join];
    if (draft !== undefined) draft.expected += 1;
  }

  program(join: number, outcome: Outcome, program: Partial<JoinProgram>): void {
    const draft = this.#joins[join];
    if (draft !== undefined) draft[outcome] = { ...IDLE, ...program };
  }
}

/** One arrival at each of these joins. */
export function arrivals(targets: readonly number[], outcome: Outcome): JoinProgram["arrive"] {
  return targets.map((join) => [join, outcome === "ok" ? 0 : 1]);
}

/** The same ranges, with neighbours made one. */
export function merged(ranges: readonly StepRange[]): readonly StepRange[] {
  const result: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = result.at(-1);
    if (last !== undefined && last[1] === from) last[1] = to;
    else result.push([from, to]);
  }
  return result;
}
