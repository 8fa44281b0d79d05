import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSignal, type Signal, writeSignal } from "../../../src/engine/fleet/signal.ts";

const time = fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constant(Number.POSITIVE_INFINITY));
const queueName = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/);

const signal: fc.Arbitrary<Signal> = fc.record({
  queues: fc
    .dictionary(queueName, fc.integer({ min: 1, max: 1_000_000 }), { maxKeys: 20 })
    .map((counts) => new Map(Object.entries(counts))),
  jobsDueAt: time,
  cronsDueAt: time,
  settings: fc.boolean(),
  asks: fc.array(fc.uuid(), { maxLength: 3 }),
  knows: fc.array(fc.uuid(), { maxLength: 3 }),
});

describe("a signal", () => {
  it("arrives as it was written", () => {
    fc.assert(
      fc.property(signal, (sent) => {
        expect(readSignal(writeSignal(sent))).toEqual(sent);
      }),
    );
  });

  it("means all queues when there are too many to name, and is never longer than 7,000 bytes", () => {
    const queues = new Map(Array.from({ length: 2_000 }, (_, n) => [`queue-${n}`, n]));
    const text = writeSignal({
      queues,
      jobsDueAt: 5,
      cronsDueAt: Number.POSITIVE_INFINITY,
      settings: true,
      asks: [],
      knows: [],
    });
    expect(text.length).toBeLessThan(7_000);
    expect(readSignal(text)).toEqual({
      queues: undefined,
      jobsDueAt: 5,
      cronsDueAt: Number.POSITIVE_INFINITY,
      settings: true,
      asks: [],
      knows: [],
    });
  });

  it("of a later version is read as far as it can be", () => {
    const read = readSignal('{"queues":{"a":2,"b":{"count":3}},"events":[1],"jobsDueAt":"soon"}');
    expect(read).toMatchObject({
      queues: new Map([
        ["a", 2],
        ["b", 1],
      ]),
      jobsDueAt: Number.POSITIVE_INFINITY,
    });
    expect(readSignal('{"queues":["a"]}')?.queues).toBeUndefined();
  });

  it.each(["", "{", "null", "[]", "7", '"text"'])("%j makes no sense", (text) => {
    expect(readSignal(text)).toBeUndefined();
  });
});
