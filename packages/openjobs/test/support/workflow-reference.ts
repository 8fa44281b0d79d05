/**
 * Random workflows as requests, and a reading of ojs-workflows that is as simple as it can be: given how each job would end, which
 * run, and how the whole ends. Knows nothing of steps and joins.
 */
import fc from "fast-check";

/** A job of a request; its name tells it from the others. */
export interface WireJob {
  readonly name: string;
  readonly type: string;
  readonly args: readonly unknown[];
}

export interface WireComposite {
  readonly type: "chain" | "group" | "batch";
  readonly steps?: readonly WireNode[];
  readonly jobs?: readonly WireNode[];
  readonly callbacks?: Readonly<Record<string, WireJob>>;
}

export interface WireGraph {
  readonly steps: readonly (WireNode & { readonly id: string; readonly depends_on: readonly string[] })[];
}

export type WireNode = WireJob | WireComposite;

/** How a workflow ends, and which jobs ran on the way. */
export interface Reference {
  readonly succeeded: boolean;
  readonly ran: ReadonlySet<string>;
}

/** @param fails Names of the jobs that fail if they run. */
export function interpret(workflow: WireComposite | WireGraph, fails: ReadonlySet<string>): Reference {
  const ran = new Set<string>();
  const run = (node: WireNode): boolean => {
    if ("args" in node) {
      ran.add(node.name);
      return !fails.has(node.name);
    }
    if (node.type === "chain") return (node.steps ?? []).every(run);
    const members = (node.jobs ?? []).map(run);
    const good = members.every(Boolean);
    if (node.type === "group") return good;
    const { on_complete, on_success, on_failure } = node.callbacks ?? {};
    const wanted = [on_complete, good ? on_success : on_failure].filter((job) => job !== undefined);
    return wanted.length === 0 ? good : wanted.map(run).every(Boolean);
  };
  const succeeded = "type" in workflow ? run(workflow) : runGraph(workflow, run);
  return { succeeded, ran };
}

/** Without callbacks: each step runs if all that it depends on succeeded. */
function runGraph({ steps }: WireGraph, run: (node: WireNode) => boolean): boolean {
  const outcomes = new Map<string, boolean>();
  const outcomeOf = (id: string): boolean => {
    const known = outcomes.get(id);
    if (known !== undefined) return known;
    const step = steps.find((candidate) => candidate.id === id);
    if (step === undefined) throw new Error(`There is no step ${id}.`);
    const before = step.depends_on.map(outcomeOf);
    const outcome = before.every(Boolean) && run(step);
    outcomes.set(id, outcome);
    return outcome;
  };
  return steps.map(({ id }) => outcomeOf(id)).every(Boolean);
}

let jobs = 0;

const job: fc.Arbitrary<WireJob> = fc.constant(null).map(() => {
  jobs += 1;
  return { name: `job ${jobs}`, type: "test.step", args: [jobs] };
});

const callbacks = fc
  .record({ on_complete: job, on_success: job, on_failure: job }, { requiredKeys: [] })
  .filter((chosen) => Object.keys(chosen).length > 0);

/** Up to this many levels of workflows. */
function composite(levels: number): fc.Arbitrary<WireComposite> {
  const node: fc.Arbitrary<WireNode> =
    levels === 1
      ? job
      : fc.oneof(
          { weight: 3, arbitrary: job },
          { weight: 2, arbitrary: fc.constant(null).chain(() => composite(levels - 1)) },
        );
  const nodes = fc.array(node, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    nodes.map((steps): WireComposite => ({ type: "chain", steps })),
    nodes.map((members): WireComposite => ({ type: "group", jobs: members })),
    fc
      .tuple(nodes, callbacks)
      .map(([members, chosen]): WireComposite => ({ type: "batch", jobs: members, callbacks: chosen })),
  );
}

/** A step may depend on those with smaller numbers; shuffled, so that it also depends on some that come later. */
const graph: fc.Arbitrary<WireGraph> = fc
  .array(fc.tuple(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), fc.nat()), { minLength: 1, maxLength: 7 })
  .chain((shape) =>
    fc.tuple(...shape.map(() => fc.oneof(job, composite(1)))).map((nodes) => {
      const steps = nodes.map((node, index) => {
        const before = (shape[index]?.[0] ?? []).filter((other) => other < index);
        return { ...node, id: `s${index}`, depends_on: [...new Set(before)].map((other) => `s${other}`) };
      });
      return {
        steps: steps.toSorted(
          (a, b) => (shape[Number(a.id.slice(1))]?.[1] ?? 0) - (shape[Number(b.id.slice(1))]?.[1] ?? 0),
        ),
      };
    }),
  );

/** A workflow of any form. */
export const anyWorkflow: fc.Arbitrary<WireComposite | WireGraph> = fc.oneof(
  { weight: 3, arbitrary: composite(3) },
  { weight: 2, arbitrary: graph },
);

/** The names of all jobs of a request. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("args" in value && "name" in value) return [String(value.name)];
  return Object.values(value).flatMap(namesIn);
}
