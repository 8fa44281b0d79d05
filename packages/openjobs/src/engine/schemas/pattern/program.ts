/** Patterns as programs of steps, with all repetitions written out. */
import type { PatternNode, Place } from "./syntax.ts";

/** One step. Those without `to` go on to the next one. */
export type Step =
  | { readonly kind: "character"; readonly accepts: (codePoint: number) => boolean }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "fork"; to: number }
  | { readonly kind: "jump"; to: number }
  /** Where no way goes on. */
  | { readonly kind: "never" }
  | { readonly kind: "match" };

/** Each character of a text costs at most so many steps. */
const MAX_STEPS = 2_000;

/** Whether a character that stands for itself. */
const LITERAL = /^[^\\[.]$/u;

/** @throws SyntaxError when it would be too long. */
export function compileProgram(node: PatternNode): readonly Step[] {
  const program = new Program();
  program.add(node);
  return program.finish();
}

class Program {
  readonly #steps: Step[] = [];
  readonly #acceptors = new Map<string, (codePoint: number) => boolean>();
  /** Also what adds no step costs time here. */
  #visits = 0;

  finish(): readonly Step[] {
    this.#push({ kind: "match" });
    return this.#steps;
  }

  add(node: PatternNode): void {
    this.#visits += 1;
    if (this.#visits > MAX_STEPS) throw new SyntaxError("the pattern is too long with its repetitions written out");
    switch (node.kind) {
      case "character":
        this.#push({ kind: "character", accepts: this.#acceptorOf(node.source) });
        break;
      case "place":
        this.#push(node);
        break;
      case "sequence":
        for (const part of node.nodes) this.add(part);
        break;
      case "choice":
        this.#addChoice(node.nodes);
        break;
      default:
        this.#addRepeat(node);
    }
  }

  #addChoice(nodes: readonly PatternNode[]): void {
    const ends: { to: number }[] = [];
    for (const node of nodes) {
      const fork = this.#push({ kind: "fork", to: 0 });
      this.add(node);
      ends.push(this.#push({ kind: "jump", to: 0 }));
      fork.to = this.#steps.length;
    }
    // The last fork leads to nowhere but here.
    this.#push({ kind: "never" });
    for (const end of ends) end.to = this.#steps.length;
  }

  #addRepeat({ node, min, max }: Extract<PatternNode, { kind: "repeat" }>): void {
    for (let count = 0; count < min; count += 1) this.add(node);
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.#steps.length;
      const fork = this.#push({ kind: "fork", to: 0 });
      this.add(node);
      this.#push({ kind: "jump", to: start });
      fork.to = this.#steps.length;
      return;
    }
    const forks: { to: number }[] = [];
    for (let count = min; count < max; count += 1) {
      forks.push(this.#push({ kind: "fork", to: 0 }));
      this.add(node);
    }
    for (const fork of forks) fork.to = this.#steps.length;
  }

  #push<S extends Step>(step: S): S {
    this.#steps.push(step);
    return step;
  }

  #acceptorOf(source: string): (codePoint: number) => boolean {
    let accepts = this.#acceptors.get(source);
    if (accepts === undefined) {
      accepts = acceptorOf(source);
      this.#acceptors.set(source, accepts);
    }
    return accepts;
  }
}

/** JavaScript knows best what a class has in it, and for one character it cannot take long. */
function acceptorOf(source: string): (codePoint: number) => boolean {
  if (LITERAL.test(source)) {
    const own = source.codePointAt(0);
    return (codePoint) => codePoint === own;
  }
  const expression = new RegExp(`^${source}$`, "u");
  const ascii = Array.from({ length: 128 }, (_, code) => expression.test(String.fromCharCode(code)));
  return (codePoint) => ascii[codePoint] ?? expression.test(String.fromCodePoint(codePoint));
}
