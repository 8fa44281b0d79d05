/** Finds the command, runs it, and turns what it throws into a message and an exit status. */
import { readFileSync } from "node:fs";
import type { Environment } from "./environment.ts";
import { UsageError } from "./usage-error.ts";

/** A command: takes its arguments and the environment, resolves with its exit status. */
type Command = (args: readonly string[], env: Environment) => Promise<number>;

/** Loaded when they are called: who asks for help need not wait for a server. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  openapi: async () => (await import("./commands/openapi.ts")).openapi,
  serve: async () => (await import("./commands/serve.ts")).serve,
};

const HELP = `ojs: the Open Job Spec server and tools

Usage: ojs <command> [options]

Commands:
  serve        run a job server
  openapi      print the OpenAPI document of such a server

Options:
  --help       show this text; ojs COMMAND --help or ojs help COMMAND, its options
  --version    show the version
`;

/** Runs one command line and resolves with the exit status: 0 fine, 1 failed, 2 not understood. */
export async function runCommand(args: readonly string[], env: Environment): Promise<number> {
  try {
    return await dispatch(args, env);
  } catch (error) {
    process.stderr.write(`ojs: ${error instanceof Error ? error.message : String(error)}\n`);
    const hint = hintOf(error);
    if (hint !== undefined) process.stderr.write(`${hint}\n`);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(`Try ojs ${Object.hasOwn(commands, args[0] ?? "") ? `${args[0]} ` : ""}--help.\n`);
    return 2;
  }
}

/** Ours have one. Looked for by its name, because the class would bring the whole package with it. */
function hintOf(error: unknown): string | undefined {
  return error instanceof Error && "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
}

async function dispatch([name, ...rest]: readonly string[], env: Environment): Promise<number> {
  if (name === "help" && rest[0] !== undefined) return dispatch([rest[0], "--help"], env);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command '${name}'.`);
  return (await command())(rest, env);
}

/** Sources and build are equally deep below package.json. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? `${manifest.version}` : "";
}
