#!/usr/bin/env node
/** The command `ojs`. */
import { runCommand } from "./run-command.ts";

// A reader that has gone away (`ojs serve | head -1`) is no reason to stop serving.
process.stdout.on("error", () => undefined);

process.exit(await runCommand(process.argv.slice(2), process.env));
