/** drizzle-orm: its transaction runs raw SQL by `execute`. */
import { sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { pgTable, text } from "drizzle-orm/pg-core";
import { postgres, type SqlTransaction } from "openjobs/storage/postgres";
import { transactional } from "openjobs/transactional";

const orders = pgTable("orders", { id: text("id").primaryKey(), email: text("email").notNull() });

const ojs = transactional(postgres());

/** What {@link transactional} needs of a transaction of drizzle: `$1` in the text becomes a parameter. */
export function ofDrizzle(tx: Pick<NodePgDatabase, "execute">): SqlTransaction {
  return {
    query(query, values) {
      const parts = query
        .split(/\$(\d+)/)
        .map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql`${values[Number(part) - 1]}`));
      return tx.execute(sql.join(parts));
    },
  };
}

/** Keeps an order and has its confirmation sent, both or neither. */
export async function placeOrder(db: NodePgDatabase, id: string, email: string, jobs = ojs): Promise<void> {
  await db.transaction(async (tx) => {
    await jobs.in(ofDrizzle(tx)).enqueue("order.confirm", { id, email }, { queue: "email" });
    await tx.insert(orders).values({ id, email });
  });
}
