/** Handlers from a folder: a file is a type of job, so that nobody has to keep a list of them. */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { JobDefinition } from "../core/definition/define-job.ts";
import { ojsError } from "../core/errors.ts";
import { isJobType } from "../core/job-request.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import { type HandlerFile, handlerFilesIn } from "./handler-files.ts";

/** Whatever handlers can be registered with: a worker, a push handler. */
export interface HandlerHost {
  register(definition: JobDefinition, handler: JobHandler): unknown;
  register(type: string, handler: JobHandler): unknown;
}

/** What {@link loadHandlers} goes by. */
export interface LoadHandlersOptions {
  /** Goes before each type that a file's place says, with a dot: `billing` makes `billing.email.send` of `email/send.ts`. */
  readonly prefix?: string;
}

/** A handler that was loaded. */
export interface LoadedHandler {
  readonly type: string;
  /** Absolute path. */
  readonly file: string;
}

/** A handler, and what it is to be registered for. */
interface ReadHandler extends LoadedHandler {
  readonly definition: JobDefinition | undefined;
  readonly handler: JobHandler;
}

const HINT =
  "A handler file has a function as its default export, and may export `job` (what defineJob made) or `type` (a text). Begin the names of other files with `_`.";

const TYPE_HINT = "Name folders and files in lower case (a-z, 0-9, `-`, `_`), or export `type`.";

/**
 * Registers a handler for each file below a folder: `email/send.ts` handles `email.send`, and `report/index.ts` handles `report`. The default
 * export is the handler; `export const job = defineJob(…)` or `export const type = "…"` says what it handles where the place
 * does not. Files that begin with `_` or `.`, tests, declarations and what is no JavaScript or TypeScript are passed over. Files are
 * imported one after the other, sorted by path; everything is registered, or nothing is.
 *
 * @param host A worker, or a push handler.
 * @param folder A path, from the working directory if it is relative, or a URL: `new URL("./handlers/", import.meta.url)`.
 * @returns What was registered, in the order of its files.
 * @throws OjsValidationError when the folder cannot be read or has no handler, a file exports none or cannot be imported (as `cause`), or two are for
 * the same type. Every message names the file.
 * @example
 * const worker = new OjsWorker({ queues: ["email"] });
 * await loadHandlers(worker, new URL("./handlers/", import.meta.url));
 * await worker.start();
 */
export async function loadHandlers(
  host: HandlerHost,
  folder: string | URL,
  options: LoadHandlersOptions = {},
): Promise<readonly LoadedHandler[]> {
  const path = pathOf(folder);
  const files = await filesIn(path);
  if (files.length === 0) throw refused(`There is no handler in ${path}.`, path, HINT);
  const read: ReadHandler[] = [];
  for (const file of files) read.push(await readHandler(file, options.prefix));
  refuseDuplicates(read);
  for (const { type, definition, handler } of read) {
    if (definition === undefined) host.register(type, handler);
    else host.register(definition, handler);
  }
  return read.map(({ type, file }) => ({ type, file }));
}

function pathOf(folder: string | URL): string {
  const isUrl = folder instanceof URL || folder.startsWith("file:");
  try {
    return isUrl ? fileURLToPath(folder) : resolve(folder);
  } catch (cause) {
    throw refused(
      `${String(folder)} is no folder of this machine.`,
      String(folder),
      "Give a path or a file: URL.",
      cause,
    );
  }
}

async function filesIn(path: string): Promise<readonly HandlerFile[]> {
  try {
    return await handlerFilesIn(path);
  } catch (cause) {
    const hint =
      "Is it relative to the working directory? `new URL('./handlers/', import.meta.url)` is relative to the file.";
    throw refused(`The folder ${path} cannot be read.`, path, hint, cause);
  }
}

async function readHandler({ path, type: placed }: HandlerFile, prefix: string | undefined): Promise<ReadHandler> {
  const { default: handler, type, job } = await imported(path);
  if (!isHandler(handler)) throw refused(`${path} exports no handler: its default export is no function.`, path, HINT);
  if (type !== undefined && job !== undefined) throw refused(`${path} exports both \`type\` and \`job\`.`, path, HINT);
  if (type !== undefined && (typeof type !== "string" || type === "")) {
    throw refused(`${path} exports a \`type\` that is no text.`, path, HINT);
  }
  if (job !== undefined && !isDefinition(job)) {
    throw refused(`${path} exports a \`job\` that defineJob did not make.`, path, HINT);
  }
  const fromPlace = prefix === undefined || placed === "" ? placed : `${prefix}.${placed}`;
  const own = job?.type ?? type ?? fromPlace;
  if (own === "") throw refused(`${path} does not say which jobs it handles.`, path, HINT);
  if (!isJobType(own))
    throw refused(`${path} would handle ${JSON.stringify(own)}, which is no job type.`, path, TYPE_HINT);
  return { type: own, file: path, definition: job, handler };
}

async function imported(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refused(`${path} cannot be imported: ${why}`, path, "See the cause.", cause);
  }
}

function isHandler(value: unknown): value is JobHandler {
  return typeof value === "function";
}

function isDefinition(value: unknown): value is JobDefinition {
  if (typeof value !== "object" || value === null || !("type" in value) || !("with" in value)) return false;
  return typeof value.type === "string" && typeof value.with === "function";
}

function refuseDuplicates(read: readonly ReadHandler[]): void {
  const files = new Map<string, string>();
  for (const { type, file } of read) {
    const other = files.get(type);
    if (other !== undefined) {
      const hint = "Was something compiled into the folder of its sources? Load only one of them.";
      throw refused(`${other} and ${file} both handle ${JSON.stringify(type)}.`, file, hint);
    }
    files.set(type, file);
  }
}

function refused(message: string, file: string, hint: string, cause?: unknown): Error {
  return ojsError("invalid_request", message, { hint, details: { file }, operation: "loadHandlers", cause });
}
