/** kysely: its transaction runs raw SQL by `executeQuery`. */
import { CompiledQuery, type Kysely, type Transaction } from "kysely";
import { postgres, type SqlTransaction } from "openjobs/storage/postgres";
import { transactional } from "openjobs/transactional";

/** The tables of the application. */
export interface Tables {
  readonly orders: { readonly id: string; readonly email: string };
}

const ojs = transactional(postgres());

/** What {@link transactional} needs of a transaction of kysely. */
export function ofKysely(tx: Transaction<Tables>): SqlTransaction {
  return { query: (text, values) => tx.executeQuery<object>(CompiledQuery.raw(text, values)) };
}

/** Keeps an order and has its confirmation sent, both or neither. */
export async function placeOrder(db: Kysely<Tables>, id: string, email: string, jobs = ojs): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await jobs.in(ofKysely(tx)).enqueue("order.confirm", { id, email }, { queue: "email" });
    await tx.insertInto("orders").values({ id, email }).execute();
  });
}
