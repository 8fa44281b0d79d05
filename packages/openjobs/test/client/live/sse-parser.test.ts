import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SseMessage, SseParser } from "../../../src/client/live/sse-parser.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(chunks: Iterable<Uint8Array>, parser = new SseParser()): readonly SseMessage[] {
  return [...chunks].flatMap((chunk) => parser.push(chunk));
}

const read = (text: string): readonly SseMessage[] => parse([bytesOf(text)]);
const data = (text: string): readonly (string | undefined)[] => read(text).map((message) => message.data);

describe("the parser of event streams", () => {
  it("reads type, data and id, and takes `message` for a type that is not there", () => {
    expect(read("id: 1\nevent: job.completed\ndata: {}\n\ndata: x\n\n")).toEqual([
      { id: "1", type: "job.completed", data: "{}" },
      { id: "1", type: "message", data: "x" },
    ]);
  });

  it.each([
    ["LF", "data: a\ndata: b\n\ndata: c\n\n"],
    ["CR", "data: a\rdata: b\r\rdata: c\r\r"],
    ["CRLF", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n"],
    ["any mixture", "data: a\rdata: b\r\n\rdata: c\n\r\n"],
  ])("takes lines that end with %s", (_, text) => {
    expect(data(text)).toEqual(["a\nb", "c"]);
  });

  it("drops one space behind the colon, no more", () => {
    expect(data("data:a\n\ndata:  b\n\ndata: c:d\n\n")).toEqual(["a", " b", "c:d"]);
  });

  it("skips comments, unknown fields and events without data, but not their ids", () => {
    const parser = new SseParser();
    expect(parse([bytesOf(":hello\nfoo: bar\nevent: x\nid: 7\n\n")], parser)).toEqual([]);
    expect(parser.lastId).toBe("7");
    expect(parse([bytesOf("data: a\n\n")], parser)).toEqual([{ id: "7", type: "message", data: "a" }]);
  });

  it("ignores an id with a NUL, and lets an empty one forget the last", () => {
    expect(read("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid\ndata: c\n\n").map(({ id }) => id)).toEqual(["1", "1", ""]);
  });

  it("counts an id only with the blank line behind it", () => {
    const parser = new SseParser();
    parser.push(bytesOf("id: 1\ndata: a\n\nid: 2\ndata: b\n"));
    expect(parser.lastId).toBe("1");
  });

  it("hears how long to wait, if that is a number", () => {
    const parser = new SseParser();
    expect(parser.retryMs).toBeUndefined();
    parser.push(bytesOf("retry: 1500\n"));
    parser.push(bytesOf("retry: -1\nretry: soon\nretry:\n"));
    expect(parser.retryMs).toBe(1_500);
  });

  it("skips one byte order mark at the beginning", () => {
    expect(data("\uFEFFdata: a\n\n")).toEqual(["a"]);
    expect(data("data: a\n\n\uFEFFdata: b\n\n")).toEqual(["a"]);
  });

  it("makes no event of what is cut off by the end", () => {
    expect(data("data: a\n\ndata: b\n")).toEqual(["a"]);
  });

  it("drops data beyond its bound, says so, and goes on behind it", () => {
    const parser = new SseParser(20);
    const text = `:${"c".repeat(99)}\nid: 1\ndata: ${"a".repeat(30)}\n\nid: 2\ndata: b\n\n`;
    expect(parse([bytesOf(text)], parser)).toEqual([
      { id: "1", type: "message", data: undefined },
      { id: "2", type: "message", data: "b" },
    ]);
  });

  it("holds no more than its bound of an event that never ends, however it is cut up", () => {
    const parser = new SseParser(20);
    for (let n = 0; n < 100; n += 1) parser.push(bytesOf("data: abcdefghi\n"));
    for (let n = 0; n < 100; n += 1) parser.push(bytesOf("x"));
    expect(parse([bytesOf("\n\ndata: b\n\n")], parser).map((message) => message.data)).toEqual([undefined, "b"]);
  });

  it("reads the same events wherever the bytes are cut", () => {
    const piece = fc.constantFrom(
      ...["\n", "\r", "\r\n", ":", ": ", "data", "data: ", "event: ", "id: ", "retry: 5", "\0", "\uFEFF", "é☃🦜", "{}"],
    );
    const stream = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 });
    const property = fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), fc.nat(60), (pieces, cuts, max) => {
      const bytes = bytesOf(pieces.join(""));
      const whole = parse([bytes], new SseParser(max));
      const single = parse(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        new SseParser(max),
      );
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(single).toEqual(whole);
      expect(parse(parts, new SseParser(max))).toEqual(whole);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
