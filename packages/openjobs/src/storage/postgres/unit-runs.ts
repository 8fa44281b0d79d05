/** How the units of a group are put together: neighbours that do the same to different jobs are one run. */
import type { JobRecord } from "../../core/job.ts";
import type { Effect, Unit } from "../storage.ts";
import type { Arrive } from "../workflows.ts";

export type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;
export type Insertion = EffectOf<"insert">;

/** A unit that only inserts jobs. */
export interface InsertingUnit {
  readonly unit: number;
  readonly insertions: readonly Insertion[];
}

/** A unit that makes one change, and whose workflow may have to hear of it. */
export interface UpdatingUnit {
  readonly unit: number;
  readonly update: EffectOf<"update">;
  readonly arrive: Arrive | undefined;
}

/** Units that go together, in the order of the group. */
export type Run =
  | { readonly kind: "inserts"; readonly units: InsertingUnit[] }
  | { readonly kind: "updates"; readonly units: UpdatingUnit[] }
  | { readonly kind: "unit"; readonly unit: number; readonly effects: readonly Effect[] };

/** The runs of a group. No job and no fingerprint is in a run twice, so that all of it can be looked at before it happens. */
export function runsOf(units: readonly Unit[]): readonly Run[] {
  const runs: Run[] = [];
  let apart = new Apart();
  for (const [unit, { effects }] of units.entries()) {
    const next = runOf(unit, effects);
    const last = runs.at(-1);
    const fits = last !== undefined && last.kind === next.kind && apart.take(effects);
    if (fits && last.kind === "inserts" && next.kind === "inserts") last.units.push(...next.units);
    else if (fits && last.kind === "updates" && next.kind === "updates") last.units.push(...next.units);
    else {
      apart = new Apart();
      const together = apart.take(effects);
      runs.push(together || next.kind === "updates" ? next : { kind: "unit", unit, effects });
    }
  }
  return runs;
}

/** Effects of a unit that can be looked at together, in the order of the unit. */
export function effectRunsOf(effects: readonly Effect[]): readonly (readonly Effect[])[] {
  const runs: Effect[][] = [];
  let apart = new Apart();
  for (const effect of effects) {
    const last = runs.at(-1);
    const isJob = effect.kind === "insert" || effect.kind === "update" || effect.kind === "remove";
    if (isJob && last?.[0]?.kind === effect.kind && apart.take([effect])) last.push(effect);
    else {
      apart = new Apart();
      apart.take([effect]);
      runs.push([effect]);
    }
  }
  return runs;
}

function runOf(unit: number, effects: readonly Effect[]): Run {
  const [first, second, third] = effects;
  if (first?.kind === "update" && third === undefined && (second === undefined || second.kind === "arrive")) {
    return { kind: "updates", units: [{ unit, update: first, arrive: second }] };
  }
  const insertions = effects.filter((effect) => effect.kind === "insert");
  if (first === undefined || insertions.length < effects.length) return { kind: "unit", unit, effects };
  return { kind: "inserts", units: [{ unit, insertions }] };
}

/** Ids and fingerprints of jobs that are looked at together. */
class Apart {
  readonly #ids = new Set<string>();
  readonly #fingerprints = new Set<string>();

  /** False when one of the effects is about a job of before, or about one that may be in its way. */
  take(effects: readonly Effect[]): boolean {
    for (const effect of effects) {
      if (effect.kind === "insert" && !this.#takeInsertion(effect)) return false;
      if ((effect.kind === "update" || effect.kind === "remove") && !this.#takeId(effect.before)) return false;
    }
    return true;
  }

  #takeInsertion({ job, unique }: Insertion): boolean {
    if (!this.#takeId(job)) return false;
    if (unique !== undefined && this.#fingerprints.has(unique.fingerprint)) return false;
    if (job.fingerprint !== null) this.#fingerprints.add(job.fingerprint);
    return true;
  }

  #takeId({ id }: Pick<JobRecord, "id">): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }
}
