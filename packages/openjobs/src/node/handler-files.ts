/** Which files of a folder are handlers, and what their jobs are called. */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A file that holds a handler. */
export interface HandlerFile {
  readonly path: string;
  /** What its place says: `email/send.ts` is `email.send`; empty for an `index` in the folder itself. */
  readonly type: string;
}

const CODE = /\.[cm]?[jt]s$/;
/** Declarations, and tests that lie beside what they test. */
const ASIDE = /\.(?:d|test|spec|test-d)\.[cm]?[jt]s$/;
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", "__tests__", "__mocks__"]);

/** The handlers below a folder, sorted by path, on every machine the same. Rejects when the folder cannot be read. */
export async function handlerFilesIn(folder: string): Promise<readonly HandlerFile[]> {
  const paths = await filesBelow(folder);
  const names = paths.map((path) => ({ path, name: relative(folder, path).split(sep).join("/") }));
  names.sort((a, b) => (a.name < b.name ? -1 : 1));
  return names.map(({ path, name }) => ({ path, type: typeOf(name) }));
}

/** `index` stands for its folder, as it does in imports. */
function typeOf(name: string): string {
  return name
    .replace(CODE, "")
    .replace(/(?:^|\/)index$/, "")
    .replaceAll("/", ".");
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.filter(({ name }) => !/^[_.]/.test(name)).map((entry) => filesOf(join(folder, entry.name), entry)),
  );
  return found.flat();
}

async function filesOf(path: string, entry: Dirent): Promise<readonly string[]> {
  if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : filesBelow(path);
  if (!CODE.test(entry.name) || ASIDE.test(entry.name)) return [];
  // A link may lead to a file; to a folder it might lead in circles.
  return entry.isFile() || (await stat(path)).isFile() ? [path] : [];
}
