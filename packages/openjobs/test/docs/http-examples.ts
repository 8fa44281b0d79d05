/** Requests in the guides, and what is said about their answers. */

/** One fenced `http` block, and the `json` block behind it. */
export interface HttpExample {
  readonly method: string;
  /** With ids of earlier answers as `{job}`. */
  readonly target: string;
  /** JSON, with the same. */
  readonly body: string | undefined;
  /** Part of the answer; "…" stands for any text. */
  readonly answer: unknown;
}

const BLOCK = /```http\n(?<method>[A-Z]+) (?<target>\S+)\n(?<body>[\s\S]*?)```(?:\n```json\n(?<answer>[\s\S]*?)```)?/g;

/** All of them, in order. */
export function httpExamplesOf(markdown: string): readonly HttpExample[] {
  return [...markdown.matchAll(BLOCK)].map(({ groups = {} }) => {
    const { method = "", target = "", body = "", answer } = groups;
    return { method, target, body: body === "" ? undefined : body, answer: JSON.parse(answer ?? "{}") };
  });
}

/** Puts ids where their names are. */
export function filledIn(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replaceAll(/"?\{(job|workflow|subscription)\}/g, (place, name: string) =>
    place.replace(`{${name}}`, ids.get(name) ?? place),
  );
}

/** Whether an answer has what was said: members that are named, elements in their places. */
export function hasSaid(answer: unknown, said: unknown): boolean {
  if (said === "…") return typeof answer === "string";
  if (typeof said !== "object" || said === null) return Object.is(answer, said);
  if (typeof answer !== "object" || answer === null) return false;
  if (Array.isArray(said) && (!Array.isArray(answer) || answer.length !== said.length)) return false;
  return Object.entries(said).every(([name, value]) => hasSaid(Reflect.get(answer, name), value));
}

/** Whether a text names a route, with names of its own for the parameters. */
export function mentions(text: string, operation: string): boolean {
  const pattern = operation.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/\\s`?]+");
  return new RegExp(`${pattern}(?=[\\s\`?,.;:)]|$)`).test(text);
}
