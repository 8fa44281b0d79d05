/**
 * prisma: its interactive transaction runs raw SQL by `$queryRawUnsafe`. The package is not installed here, because it may download
 * programs from outside of the npm registry; the test has a stand-in with the methods below, over a real database.
 */
import { postgres, type SqlTransaction } from "openjobs/storage/postgres";
import { transactional } from "openjobs/transactional";

/** The part of `Prisma.TransactionClient` that this example needs. */
export interface PrismaTransaction {
  $queryRawUnsafe<T>(query: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

/** The part of `PrismaClient`. */
export interface Prisma {
  $transaction<T>(work: (tx: PrismaTransaction) => Promise<T>): Promise<T>;
}

const ojs = transactional(postgres());

/** What {@link transactional} needs of a transaction of prisma. */
export function ofPrisma(tx: PrismaTransaction): SqlTransaction {
  return { query: async (text, values) => ({ rows: await tx.$queryRawUnsafe<object[]>(text, ...values) }) };
}

/** Keeps an order and has its confirmation sent, both or neither. */
export async function placeOrder(prisma: Prisma, id: string, email: string, jobs = ojs): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await jobs.in(ofPrisma(tx)).enqueue("order.confirm", { id, email }, { queue: "email" });
    await tx.$executeRawUnsafe("INSERT INTO orders (id, email) VALUES ($1, $2)", id, email); // or tx.order.create(…)
  });
}
