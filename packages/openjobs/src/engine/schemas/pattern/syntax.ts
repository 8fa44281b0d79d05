/** Reads the patterns of schemas: regular expressions with the flag `u` that JavaScript accepts, in a form that needs no backtracking. */

/** A place between two characters. */
export type Place = "start" | "end" | "edge" | "no edge";

/** A part of a pattern. */
export type PatternNode =
  /** One character, in the words of a regular expression. */
  | { readonly kind: "character"; readonly source: string }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "sequence"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly node: PatternNode; readonly min: number; readonly max: number };

/** Groups in groups. */
const MAX_DEPTH = 50;
const PLACES = new Map<string, Place>([
  ["^", "start"],
  ["$", "end"],
  ["\\b", "edge"],
  ["\\B", "no edge"],
]);
/** A pair of escapes is one character, and so is a class. */
const CHARACTER =
  /\\u[Dd][89ABab][\dA-Fa-f]{2}\\u[Dd][C-Fc-f][\dA-Fa-f]{2}|\\u\{[\dA-Fa-f]+\}|\\u[\dA-Fa-f]{4}|\\x[\dA-Fa-f]{2}|\\c[A-Za-z]|\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|./suy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const GROUP = /\((?:\?(?::|<(?![=!])[^>]*>))?/y;
/** What refers back needs backtracking. */
const BACK_REFERENCE = /^\\(?:[1-9]|k)/;

/**
 * Reads a pattern.
 *
 * @throws SyntaxError when it is no regular expression, or needs to look around or back, which takes more than one pass.
 */
export function readPattern(source: string): PatternNode {
  new RegExp(source, "u");
  const reader = new Reader(source);
  return reader.choice(0);
}

/** Reads what is known to be well-formed. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  choice(depth: number): PatternNode {
    if (depth > MAX_DEPTH) throw new SyntaxError(`groups may be nested ${MAX_DEPTH} times`);
    const nodes = [this.#sequence(depth)];
    while (this.#source[this.#at] === "|") {
      this.#at += 1;
      nodes.push(this.#sequence(depth));
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: "choice", nodes };
  }

  #sequence(depth: number): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at] ?? "")) {
      nodes.push(this.#repeated(this.#term(depth)));
    }
    return { kind: "sequence", nodes };
  }

  #term(depth: number): PatternNode {
    if (this.#source[this.#at] === "(") return this.#group(depth);
    const [source = ""] = this.#take(CHARACTER) ?? [];
    const place = PLACES.get(source);
    if (place !== undefined) return { kind: "place", place };
    if (BACK_REFERENCE.test(source)) throw new SyntaxError("patterns cannot refer back to groups");
    return { kind: "character", source };
  }

  #group(depth: number): PatternNode {
    const opening = this.#take(GROUP);
    if (this.#source[this.#at] === "?" || opening === undefined) {
      throw new SyntaxError("patterns cannot look ahead or behind, or change their flags");
    }
    const node = this.choice(depth + 1);
    this.#at += 1;
    return node;
  }

  #repeated(node: PatternNode): PatternNode {
    const found = this.#take(QUANTIFIER);
    if (found === undefined) return node;
    const [, sign, least, comma, most] = found;
    if (sign !== undefined) {
      return { kind: "repeat", node, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
    }
    const min = Number(least);
    return {
      kind: "repeat",
      node,
      min,
      max: comma === undefined ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most),
    };
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source);
    if (found === null) return undefined;
    this.#at = expression.lastIndex;
    return found;
  }
}
