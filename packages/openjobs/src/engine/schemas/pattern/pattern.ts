/**
 * Regular expressions without backtracking: all ways through a pattern are followed at once, so the time is at most that of the
 * text times that of the pattern, and every step of it is counted.
 */
import type { Meter } from "../meter.ts";
import { compileProgram, type Step } from "./program.ts";
import { type Place, readPattern } from "./syntax.ts";

const WORD = /\w/;

/** A pattern of a schema. It only says whether it is somewhere in a text, which is all that schemas ask. */
export class Pattern {
  readonly #source: string;
  readonly #steps: readonly Step[];
  readonly #meter: Pick<Meter, "spend">;
  /** At which place of the text a step was seen last. */
  readonly #seen: Int32Array;

  /** @throws SyntaxError when JavaScript would not accept it either, or it needs backtracking, or is too long. */
  constructor(source: string, meter: Pick<Meter, "spend">) {
    this.#source = source;
    this.#steps = compileProgram(readPattern(source));
    this.#meter = meter;
    this.#seen = new Int32Array(this.#steps.length);
  }

  /**
   * Whether the pattern is in the text.
   *
   * @throws TooMuchWork when the meter says so.
   */
  test(text: string): boolean {
    this.#meter.spend(this.#steps.length);
    this.#seen.fill(-1);
    let heads: readonly number[] = [];
    for (let at = 0; ; ) {
      const reached = this.#reach(heads, text, at);
      if (reached === undefined) return true;
      const codePoint = text.codePointAt(at);
      if (codePoint === undefined) return false;
      heads = this.#afterCharacter(reached, codePoint);
      at += codePoint > 0xffff ? 2 : 1;
    }
  }

  /** Two patterns with one text are one: the library tells them apart by this. */
  toString(): string {
    return this.#source;
  }

  /** All steps that wait for a character here, also for those who begin here; undefined = the pattern is at its end. */
  #reach(heads: readonly number[], text: string, at: number): readonly number[] | undefined {
    const waiting: number[] = [];
    const open = [...heads, 0];
    let visited = 0;
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      visited += 1;
      if (this.#seen[index] === at) continue;
      this.#seen[index] = at;
      const step = this.#steps[index];
      if (step === undefined || step.kind === "match") return undefined;
      if (step.kind === "character") waiting.push(index);
      else if (step.kind === "jump") open.push(step.to);
      else if (step.kind === "fork") open.push(step.to, index + 1);
      else if (step.kind === "place" && isPlace(step.place, text, at)) open.push(index + 1);
    }
    this.#meter.spend(visited);
    return waiting;
  }

  #afterCharacter(waiting: readonly number[], codePoint: number): readonly number[] {
    const heads: number[] = [];
    for (const index of waiting) {
      const step = this.#steps[index];
      if (step?.kind === "character" && step.accepts(codePoint)) heads.push(index + 1);
    }
    return heads;
  }
}

function isPlace(place: Place, text: string, at: number): boolean {
  if (place === "start") return at === 0;
  if (place === "end") return at === text.length;
  const isEdge = isWord(text, at - 1) !== isWord(text, at);
  return isEdge === (place === "edge");
}

function isWord(text: string, at: number): boolean {
  return WORD.test(text.charAt(at));
}
