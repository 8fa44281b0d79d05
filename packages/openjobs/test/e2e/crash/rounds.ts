/** Rounds of work and sudden ends over one store, and what is checked after each. */
import { type Exchange, RawOjs, type Wire } from "../../support/raw-ojs.ts";
import { checkCounters, checkHistory, JOB_STATES, type Snapshot, type Violation } from "./checker.ts";
import type { Chores } from "./chores.ts";
import { type History, readHistory } from "./history.ts";
import { type Random, seeded } from "./random.ts";
import type { CrashSite } from "./site.ts";
import { emptyWorld, QUEUES, runClient, type World } from "./workload.ts";

const CLIENTS = 50;

/** The crash comes with this answer at the earliest: all clients are busy by then. */
const FEWEST_ANSWERS = 60;

/** How many answers those have to give who survive the crash. */
const ANSWERS_AFTER = 100;

/** How long counters may move after a restart, while short leases end and retries come; a recount takes a while as well. */
const SETTLE_MS = 30_000;

/** How the rounds are. */
export interface CrashOptions {
  readonly mostAnswers: number;
  readonly recountEvery?: number;
  readonly chores?: Chores | undefined;
}

/**
 * One round per seed, all over one store; each ends with a crash after at most `mostAnswers`. `recountEvery`: in the other rounds
 * only jobs that the last one has touched are read again.
 *
 * @returns how much was done, for the test to see that it was not nothing.
 * @throws an error that names the seed, the round, and every violation.
 */
export async function crashRounds(
  site: CrashSite,
  seeds: readonly number[],
  { mostAnswers, recountEvery = 1, chores }: CrashOptions,
): Promise<{ writes: number; unanswered: number }> {
  const rounds = new CrashRounds(site, { mostAnswers, recountEvery, chores });
  for (const seed of seeds) await rounds.round(seed);
  await rounds.finish();
  const writes = rounds.exchanges;
  return { writes: writes.length, unanswered: writes.filter(({ answer }) => answer === undefined).length };
}

class CrashRounds {
  readonly #site: CrashSite;
  readonly #sent: Exchange[] = [];
  readonly #world: World = emptyWorld();
  readonly #options: Required<CrashOptions>;
  /** As each job was when it was read last. */
  readonly #snapshot = new Map<string, Wire | undefined>();
  /** How many exchanges there were then. */
  #inspected = 0;
  #round = 0;
  #where = "";

  constructor(site: CrashSite, options: Required<CrashOptions>) {
    this.#site = site;
    this.#options = options;
  }

  /** What was sent. A server whose store is away says so, and does not know whether a request happened. */
  get exchanges(): readonly Exchange[] {
    if (!this.#site.hasOutages) return this.#sent;
    return this.#sent.map(({ answer, ...sent }) =>
      answer?.status === 503 ? sent : { ...sent, ...(answer && { answer }) },
    );
  }

  /** Starts, checks what the last crash left, works, crashes. */
  async round(seed: number): Promise<void> {
    this.#where = `seed ${seed}`;
    const random = seeded(seed);
    const { mostAnswers, recountEvery, chores } = this.#options;
    await using running = await this.#site.start(random);
    const raws = running.urls.map((url) => this.#connect(url));
    await this.#inspect(running.urls, raws, this.#round % recountEvery === 0);
    this.#round += 1;
    await chores?.prepare(running.urls[0] ?? "");
    let left = random.between(FEWEST_ANSWERS, mostAnswers);
    for (const raw of raws) {
      raw.onAnswer = ({ answer }) => {
        if (answer?.status === 503) return;
        left -= 1;
        if (left === 0) running.crash();
      };
    }
    let isOver = (): boolean => left <= -ANSWERS_AFTER;
    const choring = chores?.work(running.urls, random.fork(), () => isOver());
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, n) => this.#client(raws[n % raws.length], random.fork(), isOver)),
    );
    isOver = () => true;
    await choring;
    await running.over();
    for (const raw of raws) raw.close();
    this.#fail(this.#site.inspectRemains());
  }

  /** Restarts a last time, works off everything that is available, and stops like an operator would. */
  async finish(): Promise<void> {
    this.#where = "after the last round";
    await using running = await this.#site.start(seeded(0));
    const raws = running.urls.map((url) => this.#connect(url));
    await this.#inspect(running.urls, raws, true);
    for (const raw of raws) await drain(raw);
    await this.#inspect(running.urls, raws, true);
    const { chores } = this.#options;
    if (chores !== undefined) this.#fail(await chores.check(running.urls[0] ?? ""));
    for (const queue of QUEUES) await this.#checkDrained(queue, raws);
    for (const raw of raws) raw.close();
    this.#fail(await running.stop());
    this.#fail(this.#site.inspectRemains());
  }

  /** Leases that ended after the queues were drained have made jobs available again. */
  async #checkDrained(queue: string, raws: readonly RawOjs[]): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const left = await Promise.all(raws.map(async (raw) => (await raw.stats(queue)).available));
      if (left.every((count) => count === 0)) return;
      if (Date.now() > deadline) this.#fail([{ rule: "stuck-job", says: `${left[0]} in ${queue}` }]);
      for (const raw of raws) await drain(raw);
    }
  }

  #connect(url: string): RawOjs {
    const raw = new RawOjs(url);
    raw.exchanges = this.#sent;
    return raw;
  }

  async #client(raw: RawOjs | undefined, random: Random, isOver: () => boolean): Promise<void> {
    if (raw !== undefined) await runClient(raw, this.#world, random, isOver);
  }

  get #history(): History {
    return readHistory(this.exchanges);
  }

  async #inspect([url = ""]: readonly string[], [raw]: readonly RawOjs[], recounts: boolean): Promise<void> {
    // Reads are no part of the history.
    using reader = new RawOjs(url, {}, 16);
    const touched = readHistory(this.exchanges.slice(this.#inspected)).jobs;
    await this.#read(reader, recounts ? this.#history.jobs.keys() : touched.keys());
    this.#inspected = this.#sent.length;
    this.#fail(checkHistory(this.#history, this.#snapshot));
    if (raw !== undefined) await this.#repeat(raw, this.#snapshot);
    if (recounts) await this.#checkCounters(reader);
  }

  async #read(reader: RawOjs, ids: Iterable<string>): Promise<void> {
    for (const [id, job] of await snapshotOf(reader, [...ids])) this.#snapshot.set(id, job);
  }

  /** What was not answered is asked again, as an SDK would; so is some of what was. */
  async #repeat(raw: RawOjs, snapshot: Snapshot): Promise<void> {
    const posts = this.exchanges.filter(({ path }) => path.startsWith("/jobs") && path !== "/jobs/");
    const enqueues = posts.filter(({ method }) => method === "POST");
    const answered = enqueues.filter(({ answer }) => answer !== undefined).slice(-20);
    const lost = enqueues.filter(({ answer, body }) => answer === undefined && !this.#repeated.has(body));
    for (const { path, body } of [...lost, ...answered]) {
      this.#repeated.add(body);
      const there = idsOf(body).every((id) => snapshot.get(id) !== undefined);
      const { status } = await raw.send("POST", path, body);
      if (status !== (there ? 200 : 201)) {
        this.#fail([{ rule: "replay", says: `${path} ${idsOf(body)[0]} answered ${status}, there: ${there}` }]);
      }
    }
    await this.#repeatAcks(raw, snapshot);
  }

  /** An ack whose answer was lost is answered again when its lease has completed the job. */
  async #repeatAcks(raw: RawOjs, snapshot: Snapshot): Promise<void> {
    const lost = this.exchanges.filter(
      ({ path, answer, body }) => path === "/workers/ack" && answer === undefined && !this.#repeated.has(body),
    );
    for (const { body } of lost) {
      this.#repeated.add(body);
      const job = snapshot.get(body.job_id);
      const happened = job?.state === "completed" && JSON.stringify(job.result) === JSON.stringify(body.result);
      if (body.lease === undefined) continue;
      const { status } = await raw.ack(body);
      if (happened && status !== 200) {
        this.#fail([{ rule: "replay", job: body.job_id, says: `the ack that completed it answered ${status}` }]);
      }
    }
  }

  readonly #repeated = new Set<Wire>();

  /** Leases and retries that are due move counters; compared is when nothing moved while the jobs were counted. */
  async #checkCounters(reader: RawOjs): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const before = await countersOf(reader);
      await this.#read(reader, this.#history.jobs.keys());
      const after = await countersOf(reader);
      const still = JSON.stringify(before) === JSON.stringify(after);
      const wrong = QUEUES.flatMap((queue, index) => checkCounters(queue, after[index], this.#snapshot));
      if (still && wrong.length === 0) return this.#fail(checkHistory(this.#history, this.#snapshot));
      if (Date.now() > deadline) this.#fail(wrong);
    }
  }

  #fail(violations: readonly Violation[]): void {
    if (violations.length === 0) return;
    const [first] = violations;
    const lines = violations.slice(0, 20).map(({ rule, job = "", says }) => `  ${rule} ${job}: ${says}`);
    const story = this.exchanges
      .filter((exchange) => first?.job !== undefined && JSON.stringify(exchange).includes(first.job))
      .map(({ method, path, body, sentAt, answer }) =>
        [sentAt, answer?.at, method, path, JSON.stringify(body), answer?.status, answer?.text].join(" ").slice(0, 600),
      );
    throw new Error([`${violations.length} violations, ${this.#where}`, ...lines, "story:", ...story].join("\n"));
  }
}

function idsOf(body: Wire): readonly string[] {
  return (body.jobs ?? [body]).map(({ id }: Wire) => id);
}

async function snapshotOf(reader: RawOjs, ids: readonly string[]): Promise<Snapshot> {
  const jobs = await Promise.all(ids.map(async (id) => [id, await reader.job(id)] as const));
  reader.exchanges.length = 0;
  return new Map(jobs);
}

/** The counters of every queue; a queue that had no job yet has none. */
function countersOf(reader: RawOjs): Promise<readonly Wire[]> {
  return Promise.all(
    QUEUES.map(async (queue) => {
      const { status, body } = await reader.send("GET", `/queues/${queue}/stats`);
      const stats = status === 404 ? {} : body.stats;
      return Object.fromEntries(JOB_STATES.map((state) => [state, stats[state] ?? 0]));
    }),
  );
}

/** Fetches and acks until nothing is left. */
async function drain(raw: RawOjs): Promise<void> {
  for (let number = 0; ; number += 1) {
    const wanted = { queues: QUEUES, count: 50, worker_id: `drain-${number}`, visibility_timeout_ms: 120_000 };
    const { body } = await raw.fetch(wanted);
    if (body.jobs.length === 0) return;
    await Promise.all(body.jobs.map(({ id, lease }: Wire) => raw.ack({ job_id: id, lease, result: null })));
  }
}
