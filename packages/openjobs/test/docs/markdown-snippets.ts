/** Finds the TypeScript snippets of a Markdown file and what is promised about running them. */

/** One fenced `ts` block. */
export interface Snippet {
  readonly file: string;
  /** Line of its first code line. */
  readonly line: number;
  readonly code: string;
  /** Whether it talks to a server at http://localhost:8080. */
  readonly needsServer: boolean;
  /** Whether it wants a database at postgres://localhost/app. */
  readonly needsPostgres: boolean;
  /** What it must print, all of it. */
  readonly prints: readonly string[];
  /** Whether it goes on until it is asked to end, as a server does. All others have to end by themselves. */
  readonly runsOn: boolean;
}

const FENCE = /(?:<!-- run:(?<run>[^>]*)-->\n)?```ts\n(?<code>[\s\S]*?)```/g;

/** All snippets, in order. The comment `<!-- run: server, prints "text" "more", runs on -->` above a fence says what to expect. */
export function snippetsOf(file: string, markdown: string): Snippet[] {
  return [...markdown.matchAll(FENCE)].map((match) => {
    const { run = "", code = "" } = match.groups ?? {};
    const before = markdown.slice(0, match.index + match[0].indexOf(code));
    return {
      file,
      line: before.split("\n").length,
      code,
      needsServer: code.includes("http://localhost:8080"),
      needsPostgres: /\bpostgres\b/.test(run),
      prints: [...(/prints (?<texts>.*)/.exec(run)?.groups?.texts ?? "").matchAll(/"([^"]*)"/g)].map(
        (text) => text[1] ?? "",
      ),
      runsOn: /\bruns on\b/.test(run),
    };
  });
}
