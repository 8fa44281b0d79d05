/** Enqueuing inside of transactions of the application: the job exists if and only if the transaction is committed. */
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Workflow } from "../core/codec/workflow-decode.ts";
import type { WorkflowDefinition } from "../core/codec/workflow-definition.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import { doAwaiting, doNow } from "../engine/transaction/task.ts";
import type { SynchronousTransactions, Transactions } from "../storage/transactions.ts";
import { TransactionRequests } from "./transaction-requests.ts";

/**
 * One transaction of the application, as far as jobs go. Every method checks its input, fills in defaults and decides about unique
 * jobs as `OjsClient` and a server do, and sees what the transaction has done before.
 *
 * A method that rejects because of the request (an {@link OjsError} such as `invalid_request` or `duplicate`) has changed nothing,
 * and the transaction can go on. After a failure of the database (`backend_error`, whose `cause` is the database's own
 * error) it has to be rolled back, as after any statement that fails.
 */
export interface TransactionClient {
  /**
   * Enqueues a job as a part of the transaction. Workers wake when it is committed.
   *
   * @throws OjsValidationError for what cannot be a job; OjsConflictError `duplicate` when another job has the id, or counts as
   * the same and the policy says `reject`; OjsBackendError when the database does not do it.
   * @example
   * await ojs.in(tx).enqueue("email.send", { to: user.email }, { queue: "email" });
   */
  enqueue<Args extends JobArgs = readonly [], Result = unknown>(
    type: string,
    args?: Args,
    options?: EnqueueOptions,
  ): Promise<Job<TravelledArgs<Args>, Result>>;
  /** Enqueues up to 10,000 jobs, all or none of them, in the order of the input. Throws as {@link enqueue}. */
  enqueueBatch(jobs: readonly JobInput<JobArgs>[]): Promise<readonly Job[]>;
  /** Creates a workflow, which starts when the transaction is committed (ojs-workflows §11). Throws as {@link enqueue}. */
  createWorkflow(definition: WorkflowDefinition): Promise<Workflow>;
}

/** The same where the library of the application answers at once, and so do we: a transaction of SQLite must not wait. */
export interface SynchronousTransactionClient {
  /** See {@link TransactionClient.enqueue}. */
  enqueue<Args extends JobArgs = readonly [], Result = unknown>(
    type: string,
    args?: Args,
    options?: EnqueueOptions,
  ): Job<TravelledArgs<Args>, Result>;
  /** See {@link TransactionClient.enqueueBatch}. */
  enqueueBatch(jobs: readonly JobInput<JobArgs>[]): readonly Job[];
  /** See {@link TransactionClient.createWorkflow}. */
  createWorkflow(definition: WorkflowDefinition): Workflow;
}

/** What {@link transactional} makes; there may be one for a whole process. */
export interface Transactional<Connection, Client> {
  /** @param connection On which the application has begun a transaction. Costs nothing by itself. */
  in(connection: Connection): Client;
}

/**
 * Lets transactions of the application enqueue jobs: what a transaction enqueues exists if and only if it is committed.
 *
 * On PostgreSQL no server has to run in this process, and the storage need not be open: everything happens on the
 * application's connection. On SQLite the storage is that of the server in this process.
 *
 * @param storage `postgres(…)` with the schema of the servers, or the `sqlite(…)` that the server of this process has.
 * @example
 * const ojs = transactional(postgres());
 * await client.query("BEGIN");
 * await client.query("INSERT INTO users (email) VALUES ($1)", [email]);
 * await ojs.in(client).enqueue("email.send", { to: email });
 * await client.query("COMMIT");
 */
export function transactional<Connection>(storage: {
  readonly transactions: SynchronousTransactions<Connection>;
}): Transactional<Connection, SynchronousTransactionClient>;
export function transactional<Connection>(storage: {
  readonly transactions: Transactions<Connection>;
}): Transactional<Connection, TransactionClient>;
export function transactional<Connection>({
  transactions,
}: {
  readonly transactions: SynchronousTransactions<Connection> | Transactions<Connection>;
}): Transactional<Connection, SynchronousTransactionClient | TransactionClient> {
  const requests = new TransactionRequests();
  if (transactions.synchronous) return { in: (connection) => answeringNow(requests, transactions, connection) };
  return { in: (connection) => answeringLater(requests, transactions, connection) };
}

function answeringNow<Connection>(
  requests: TransactionRequests,
  transactions: SynchronousTransactions<Connection>,
  connection: Connection,
): SynchronousTransactionClient {
  const view = transactions.viewOf(connection);
  return {
    enqueue: (type, args, options) => doNow(requests.enqueue({ type, args, options }), view),
    enqueueBatch: (jobs) => doNow(requests.enqueueBatch(jobs), view),
    createWorkflow: (definition) => doNow(requests.createWorkflow(definition), view),
  };
}

function answeringLater<Connection>(
  requests: TransactionRequests,
  transactions: Transactions<Connection>,
  connection: Connection,
): TransactionClient {
  const view = transactions.viewOf(connection);
  return {
    enqueue: (type, args, options) => doAwaiting(requests.enqueue({ type, args, options }), view),
    enqueueBatch: (jobs) => doAwaiting(requests.enqueueBatch(jobs), view),
    createWorkflow: (definition) => doAwaiting(requests.createWorkflow(definition), view),
  };
}
