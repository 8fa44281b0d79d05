/** The work of the demo's jobs: what `sha256sum` and `wc` say about one file. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** Facts about one file. */
export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
  /** Line feeds, as `wc -l` counts them. */
  readonly lines: number;
  /** As `LC_ALL=C wc -w` counts them; null for files that are not text. */
  readonly words: number | null;
}

/** Reads a file and describes it. Rejects when it cannot be read. */
export async function inspectFile(path: string): Promise<FileFacts> {
  const content = await readFile(path);
  return {
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    lines: countLines(content),
    words: isText(content) ? countWords(content) : null,
  };
}

/** A NUL byte is what most tools take as the sign of a binary file. */
function isText(content: Buffer): boolean {
  return !content.includes(0);
}

function countLines(content: Buffer): number {
  let lines = 0;
  for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** A word is a run without white space that has at least one printable ASCII character in it (the C locale's view). */
function countWords(content: Buffer): number {
  let words = 0;
  let inWord = false;
  for (const byte of content) {
    const isSpace = byte === 32 || (byte >= 9 && byte <= 13);
    if (isSpace && inWord) words += 1;
    if (isSpace) inWord = false;
    else if (byte > 32 && byte < 127) inWord = true;
  }
  return inWord ? words + 1 : words;
}
