/** `pg` itself: a client with an open transaction is all that it takes. */
import { postgres } from "openjobs/storage/postgres";
import { transactional } from "openjobs/transactional";
import type { Pool } from "pg";

/** One for the process. No URL: everything happens on the connections of the application. */
const ojs = transactional(postgres());

/** Keeps an order and has its confirmation sent, both or neither. */
export async function placeOrder(pool: Pool, id: string, email: string, jobs = ojs): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await jobs.in(client).enqueue("order.confirm", { id, email }, { queue: "email" });
    await client.query("INSERT INTO orders (id, email) VALUES ($1, $2)", [id, email]);
    await client.query("COMMIT"); // here workers wake
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
