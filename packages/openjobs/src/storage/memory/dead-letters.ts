import type { JobRecord } from "../../core/job.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../storage.ts";
import { SortedList } from "./sorted-list.ts";

interface Letter {
  readonly id: string;
  readonly endedAt: number;
  readonly seq: number;
}

/** The dead letters by the time they ended, over all queues and for each queue. */
export class DeadLetters {
  readonly #all = new SortedList(byEnd);
  readonly #byQueue = new Map<string, SortedList<Letter>>();

  add(job: JobRecord): void {
    const letter = letterOf(job);
    this.#all.add(letter);
    let list = this.#byQueue.get(job.queue);
    if (list === undefined) {
      list = new SortedList(byEnd);
      this.#byQueue.set(job.queue, list);
    }
    list.add(letter);
  }

  remove(job: JobRecord): void {
    const letter = letterOf(job);
    this.#all.remove(letter);
    this.#byQueue.get(job.queue)?.remove(letter);
  }

  /** A page of ids, the most recently ended first. */
  page(queue: string | undefined, request: PageRequest): Page<string> {
    const list = queue === undefined ? this.#all : this.#byQueue.get(queue);
    if (list === undefined) return { items: [], total: 0 };
    // The list grows at its end, so the newest letters are read backwards from there.
    const end = upperEnd(list, request.after) - (request.offset ?? 0);
    const letters = list.slice(end - request.limit - 1, end).reverse();
    const page = toPage(letters, request.limit, list.size, (letter) => [letter.endedAt, letter.seq]);
    return { ...page, items: page.items.map((letter) => letter.id) };
  }
}

function upperEnd(list: SortedList<Letter>, after: string | undefined): number {
  if (after === undefined) return list.size;
  const [endedAt, seq] = decodeCursor(after, ["number", "number"]);
  return list.countBelow({ id: "", endedAt, seq });
}

function letterOf(job: JobRecord): Letter {
  return { id: job.id, endedAt: job.endedAt ?? 0, seq: job.seq };
}

function byEnd(a: Letter, b: Letter): number {
  return a.endedAt - b.endedAt || a.seq - b.seq;
}
