/** Enqueuing inside of transactions of the application. */
export {
  type SynchronousTransactionClient,
  type Transactional,
  type TransactionClient,
  transactional,
} from "./transactional.ts";
