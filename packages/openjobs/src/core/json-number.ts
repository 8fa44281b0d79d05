/** Finds numbers that reading them as a JavaScript number would change (ojs-json-format §4.2). */
import { joinPath } from "./json-path.ts";

/** A number that would not survive, and where it is. */
export interface InexactNumber {
  readonly path: string;
  readonly text: string;
}

/**
 * Only numbers with 16 digits or more or with an exponent can change. The character before keeps most ids and dates in
 * strings out; a false alarm only costs a second look.
 */
const SUSPICIOUS = /(?:^|[[,:\s])-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE])/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Two doubles apart at this many digits are different doubles, so fractions up to here lose nothing that they had. */
const DOUBLE_DIGITS = 17;

/** Where the scanner is: the index in an array, or the key in an object. */
interface Level {
  readonly isArray: boolean;
  index: number;
  key: string;
}

/**
 * The first number in the text whose value `JSON.parse` does not keep: an integer beyond 2^53 that is not written the way
 * JavaScript writes it, a fraction of more than 17 digits, infinity, a fraction that becomes zero.
 *
 * @param text Well-formed JSON.
 */
export function findInexactNumber(text: string): InexactNumber | undefined {
  return SUSPICIOUS.test(text) ? scan(text) : undefined;
}

function scan(text: string): InexactNumber | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') {
      at = readString(text, at, levels.at(-1));
    } else if (char === "-" || (char >= "0" && char <= "9")) {
      const number = numberAt(text, at);
      if (!isKept(number)) return { path: pathOf(levels), text: number };
      at += number.length - 1;
    } else {
      step(levels, char);
    }
  }
  return undefined;
}

function step(levels: Level[], char: string): void {
  if (char === "[" || char === "{") levels.push({ isArray: char === "[", index: 0, key: "" });
  if (char === "]" || char === "}") levels.pop();
  const level = levels.at(-1);
  if (char === "," && level !== undefined) level.index += 1;
}

/** Returns the position of the closing quote. In an object the last string before a number is the number's key. */
function readString(text: string, start: number, level: Level | undefined): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (level !== undefined && !level.isArray && isKey(text, end)) level.key = text.slice(start, end + 1);
  return end;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charAt(at) === ":";
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charAt(at - 1 - slashes) === "\\") slashes += 1;
  return slashes % 2 === 1;
}

function numberAt(text: string, at: number): string {
  NUMBER.lastIndex = at;
  return NUMBER.exec(text)?.[0] ?? "";
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce(
    (path, { isArray, index, key }) => joinPath(path, isArray ? index : String(JSON.parse(key))),
    "",
  );
}

function isKept(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const written = decimalOf(text);
  const read = decimalOf(String(value));
  if (written.digits === read.digits && written.exponent === read.exponent) return true;
  return value !== 0 && written.exponent < 0 && written.digits.length <= DOUBLE_DIGITS;
}

/** A number as digits without zeros at either end, times a power of ten. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const [mantissa = "", power = "0"] = text.replace(/^-/, "").toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  let start = 0;
  let end = all.length;
  while (all.charAt(start) === "0") start += 1;
  while (end > start && all.charAt(end - 1) === "0") end -= 1;
  if (start === end) return { digits: "", exponent: 0 };
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) };
}
