/** Runs compiled snippets as programs: many in one process where all of them end by themselves, or one in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Snippet } from "./markdown-snippets.ts";

/** A snippet and the JavaScript that was made of it. */
export interface Program {
  readonly snippet: Snippet;
  readonly file: string;
}

/** What a process has printed, and its exit status; `null` when a signal ended it. */
export interface Outcome {
  readonly output: string;
  readonly status: number | null;
}

const MARK = "\u0001";

/**
 * Runs programs one after another in one process, each in a folder of its own: what takes a process longest is to load the package.
 * Answers those of which this proves that they run: all printed theirs, and the process ended by itself. It is none when
 * one of them failed, and then whoever wants to know which one runs each alone.
 */
export async function runTogether(programs: readonly Program[], scratch: string): Promise<ReadonlySet<Program>> {
  const main = join(mkdtempSync(join(scratch, "together-")), "main.mjs");
  writeFileSync(main, programs.map(({ file }) => step(file, mkdtempSync(join(scratch, "run-")))).join("\n"));
  const { output, status } = await run(main, scratch, 180_000);
  if (status !== 0) return new Set();
  const own = output.split(MARK).slice(1);
  return new Set(programs.filter(({ snippet }, index) => hasPrinted(snippet, own[index] ?? "")));
}

/** Runs until it ends by itself; one that runs on is asked to end when it has printed its texts, and has to do so cleanly. */
export function runAlone({ snippet, file }: Program, scratch: string): Promise<Outcome> {
  const isToEnd = (output: string): boolean => snippet.runsOn && hasPrinted(snippet, output);
  // Shorter than the test, so that one that hangs does not outlive it.
  return run(file, mkdtempSync(join(scratch, "run-")), 90_000, isToEnd);
}

function hasPrinted({ prints }: Snippet, output: string): boolean {
  return prints.every((text) => output.includes(text));
}

/** One program of many: says that it begins, and is waited for. */
function step(file: string, folder: string): string {
  const url = JSON.stringify(pathToFileURL(file));
  return `process.stdout.write(${JSON.stringify(MARK)}); process.chdir(${JSON.stringify(folder)}); await import(${url});`;
}

async function run(file: string, cwd: string, timeout: number, isToEnd = (_: string) => false): Promise<Outcome> {
  const child = spawn(process.execPath, [file], { cwd, timeout, killSignal: "SIGKILL" });
  let output = "";
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    if (isToEnd(output)) child.kill("SIGTERM");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const [status, signal] = await once(child, "close");
  const endedAsAsked = signal === "SIGTERM" && isToEnd(output);
  return { output, status: endedAsAsked ? 0 : status };
}
