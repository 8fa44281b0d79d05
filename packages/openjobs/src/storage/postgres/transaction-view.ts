/** The store inside of a transaction of the application (docs/adr/018-transactional-enqueue.md). */
import { randomBytes } from "node:crypto";
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import type { UniqueGuard } from "../../core/unique-guard.ts";
import type { StoredRecord } from "../records.ts";
import type { Unit, UnitOutcome } from "../storage.ts";
import type { SeenWorkflow, TransactionView } from "../transactions.ts";
import { readyJobs } from "./group.ts";
import { jobsById } from "./job-queries.ts";
import type { Settings } from "./options.ts";
import { notice } from "./signals.ts";
import type { TransactionConnection } from "./transaction-connection.ts";
import { JOIN_TRANSACTION } from "./transaction-functions.ts";
import type { TransactionLook } from "./transaction-look.ts";
import { jobsInTheWay } from "./unique-jobs.ts";
import { runsOf } from "./unit-runs.ts";
import { type FunctionAnswer, functionValues, outcomeOf } from "./units.ts";
import { seenWorkflow } from "./workflow-queries.ts";

const JOIN = `SELECT @.${JOIN_TRANSACTION}($1::bigint, $2::json, $3::json, $4::json, $5::text, $6::text)`;

/** After so many clashes somebody else is always faster. */
const MAX_ATTEMPTS = 8;

/** What {@link JOIN_TRANSACTION} answers. */
type Answer = FunctionAnswer | { readonly clash: true } | { readonly unprepared: string };

/** See {@link TransactionView}. */
export class PostgresTransactionView implements TransactionView {
  readonly #connection: TransactionConnection;
  readonly #settings: Settings;
  readonly #look: TransactionLook;

  constructor(connection: TransactionConnection, settings: Settings, look: TransactionLook) {
    this.#connection = connection;
    this.#settings = settings;
    this.#look = look;
  }

  async settings(kind: string): Promise<readonly StoredRecord[]> {
    return this.#look.records(kind, this.#connection);
  }

  now(): number {
    return this.#look.now();
  }

  jobs(ids: readonly string[]): Promise<readonly (JobRecord | undefined)[]> {
    return jobsById(ids, this.#connection);
  }

  inTheWay(guards: readonly UniqueGuard[], now: number, limit: number): Promise<readonly (readonly JobRecord[])[]> {
    return jobsInTheWay(guards, now, limit, this.#connection);
  }

  workflow(id: string): Promise<SeenWorkflow | undefined> {
    return seenWorkflow(id, this.#connection);
  }

  async run(unit: Unit, now: number, signal: string): Promise<UnitOutcome> {
    const { lockClass, signals } = this.#settings;
    let ready: ReadonlyMap<string, JobRecord> = new Map();
    // PostgreSQL drops a notice that is the same as an earlier one of the transaction; two jobs are two.
    const text = notice(randomBytes(6).toString("hex"), "tell", signal);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const values = functionValues(runsOf([unit]), { now, careful: true, ready, lockClass });
      const joined = await this.#connection.value(JOIN, [...values, signals.channel, text]);
      const answer = JSON.parse(String(joined)) as Answer; // the function answers exactly this
      if ("refused" in answer) return outcomeOf(answer);
      if ("unprepared" in answer) ready = new Map([...ready, ...readyJobs(answer.unprepared, now)]);
    }
    throw ojsError("backend_error", "Others change the same jobs all the time; try again.");
  }
}
