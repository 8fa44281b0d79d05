/** Ids of jobs are UUIDs in lower case; whatever else is asked for is not there, and PostgreSQL must not be asked. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isJobId(id: string): boolean {
  return UUID.test(id);
}

/** Lists in which no job is twice, in the order of the items: the first mentions, the second ones, and so on. */
export function roundsOf<Item extends { readonly id: string }>(items: readonly Item[]): readonly (readonly Item[])[] {
  const rounds: Item[][] = [];
  const mentions = new Map<string, number>();
  for (const item of items) {
    const round = mentions.get(item.id) ?? 0;
    mentions.set(item.id, round + 1);
    const list = rounds[round];
    if (list === undefined) rounds[round] = [item];
    else list.push(item);
  }
  return rounds;
}
