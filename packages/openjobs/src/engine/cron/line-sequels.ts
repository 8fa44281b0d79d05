/**
 * Who steps up in a line of waiting runs: the first of those that are open, in the commit in which it becomes the first
 * (docs/adr/012-cron.md). Whoever joins a line or leaves it writes its record or, if there is none yet, the job that the line
 * forms behind: so of two who do so at the same moment one is refused, and looks again.
 */
import type { JobRecord } from "../../core/job.ts";
import { activate } from "../../core/lifecycle/enqueue.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Effect, Storage, Unit } from "../../storage/storage.ts";
import { move } from "../move.ts";
import type { FindSequels, Followed, Sequel } from "../sequel.ts";
import type { CronParts } from "./cron-parts.ts";
import { concernsLine, dropLine, isJoin, LINE_KIND, lineName, putLine, type Shift, shiftsOf } from "./line.ts";

type LineParts = Pick<CronParts, "announcer" | "newId">;
type Lines = ReadonlyMap<string, StoredRecord | undefined>;

/** Finds what the units of a group do to lines. */
export function lineSequels(parts: LineParts): FindSequels {
  return (units, storage, now) => {
    if (!units.some(({ effects }) => effects.some(concernsLine))) return undefined;
    return followAll(units, { parts, storage, now });
  };
}

interface Surroundings {
  readonly parts: LineParts;
  readonly storage: Pick<Storage, "jobs" | "records">;
  readonly now: number;
}

async function followAll(units: readonly Unit[], around: Surroundings): Promise<readonly Followed[]> {
  const shifts = units.map(({ effects }) => shiftsOf(effects));
  const names = [...new Set(shifts.flat().map(({ cron }) => cron))];
  const records = await around.storage.records.get(LINE_KIND, names);
  const lines: Lines = new Map(names.map((name, index) => [name, records[index]]));
  const taken = new Set<string>();
  const followed = units.map(async ({ effects }, index): Promise<Followed> => {
    const own = (shifts[index] ?? []).filter(({ cron, joins }) => joins || lines.get(cron) !== undefined);
    if (own.length === 0) return undefined;
    if (own.some(({ cron }) => taken.has(cron))) return "later";
    for (const { cron } of own) taken.add(cron);
    const steps = own.map((shift) => stepUp({ ...shift, effects, line: lines.get(shift.cron) }, around));
    return sequelOf(effects, await Promise.all(steps));
  });
  return Promise.all(followed);
}

function sequelOf(effects: readonly Effect[], steps: readonly Step[]): Sequel {
  const begun = new Map(steps.flatMap(({ begins }) => (begins === undefined ? [] : [[begins.id, begins] as const])));
  const own = effects.filter((effect) => !isJoin(effect)).map((effect) => begunAtOnce(effect, begun));
  return {
    effects: [...own, ...steps.flatMap((step) => step.effects)],
    guarded: steps.flatMap(({ guarded }) => guarded),
    committed() {
      for (const { committed } of steps) committed();
    },
  };
}

function begunAtOnce(effect: Effect, begun: ReadonlyMap<string, JobRecord>): Effect {
  const job = effect.kind === "insert" ? begun.get(effect.job.id) : undefined;
  return effect.kind === "insert" && job !== undefined ? { ...effect, job } : effect;
}

/** What happens in one line; `effects` are those that follow. */
interface Step extends Sequel {
  /** The job that was to wait, as it is when there is nobody to wait for. */
  readonly begins?: JobRecord;
}

const NO_STEP: Step = { effects: [], guarded: [], committed: () => {} };

/** What a unit does to a line, and what is known of both. */
interface Move extends Shift {
  /** Of the unit. */
  readonly effects: readonly Effect[];
  /** As it was read. */
  readonly line: StoredRecord | undefined;
}

/** Who is first has not to wait, and as long as somebody is behind it there is a line. */
async function stepUp(shift: Move, around: Surroundings): Promise<Step> {
  const { cron, ended, joins, line } = shift;
  // Two that are left: who is first, and whether anybody is behind it.
  const open = await around.storage.jobs.openOfCron(cron, ended.size + 2);
  const [first, second] = open.filter(({ id }) => !ended.has(id));
  const step = first === undefined ? beginWith(shift, around) : passTo(first, shift, around);
  const goesOn = first !== undefined && (joins || second !== undefined);
  return {
    ...step,
    effects: [...step.effects, ...(goesOn ? [putLine(around.parts, cron, line)] : dropLine(line))],
    guarded: [...step.guarded, lineName(cron)],
  };
}

/** The oldest job that is left is released if it waits. */
function passTo(first: JobRecord, { effects, line }: Move, { parts, now }: Surroundings): Step {
  if (first.state === "pending") {
    const released = move(parts.announcer, first, activate(first, now), now);
    return { effects: released.effects, guarded: [first.id], committed: () => void released.committed() };
  }
  const isWritten = effects.some((effect) => effect.kind === "update" && effect.before.id === first.id);
  if (line !== undefined || isWritten) return NO_STEP;
  // Nothing of it changes but its revision: its end, if decided before anybody waited, is refused.
  return { ...NO_STEP, effects: [{ kind: "update", before: first, change: {} }], guarded: [first.id] };
}

/** Everybody whom the new job would have waited for ends in this very unit, or has ended meanwhile. */
function beginWith({ cron, joins, effects }: Move, { parts, now }: Surroundings): Step {
  const inserted = effects.flatMap((effect) => (effect.kind === "insert" ? [effect.job] : []));
  const job = inserted.find((one) => joins && one.cron === cron && one.state === "pending");
  if (job === undefined) return NO_STEP;
  const transition = activate(job, now);
  const begins = { ...job, ...transition.change };
  const committed = (): void => parts.announcer.moved({ ...begins, revision: 1 }, transition, job.state, now);
  return { ...NO_STEP, begins, committed };
}
