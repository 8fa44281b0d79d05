import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "../../src/storage/heap.ts";

interface Item {
  readonly rank: number;
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), rank: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pop" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retain" as const), below: fc.integer({ min: 0, max: 9 }) }) },
);

it("hands out the smallest of what is there, whatever comes in its turn or out of it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new Heap<Item>((a, b) => a.rank - b.rank);
      let items: Item[] = [];
      for (const one of steps) {
        if (one.do === "push") {
          const item = { rank: one.rank };
          heap.push(item);
          items.push(item);
        } else if (one.do === "retain") {
          heap.retain(({ rank }) => rank < one.below);
          items = items.filter(({ rank }) => rank < one.below);
        } else {
          const popped = heap.pop();
          expect(popped?.rank).toBe(items.length === 0 ? undefined : Math.min(...items.map(({ rank }) => rank)));
          items = items.filter((item) => item !== popped);
        }
        expect(heap.size).toBe(items.length);
        expect(heap.peek()?.rank).toBe(items.length === 0 ? undefined : Math.min(...items.map(({ rank }) => rank)));
      }
    }),
  );
});

it("keeps order and size over a long line", () => {
  const heap = new Heap<number>((a, b) => a - b);
  let next = 0;
  const popNext = (): void => {
    next += 1;
    expect(heap.pop()).toBe(next);
  };
  for (let pushed = 1; pushed <= 10_000; pushed += 1) {
    heap.push(pushed);
    if (pushed % 3 > 0) popNext();
  }
  expect(heap.size).toBe(10_000 - next);
  while (heap.size > 0) popNext();
});
