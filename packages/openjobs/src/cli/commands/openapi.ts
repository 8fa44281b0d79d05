/** `ojs openapi`: prints what a server answers to, so that tools can make clients of it without one that runs. */
import { createServer } from "../../server/index.ts";
import { memory } from "../../storage/memory/index.ts";
import { UsageError } from "../usage-error.ts";

const HELP = `Usage: ojs openapi > openapi.json

Prints the OpenAPI 3.1 document of a server with an API key, the one at /ojs/openapi.json.
`;

/** Runs the command; resolves with its exit status. */
export async function openapi(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first !== undefined && first !== "--help" && first !== "-h")
    throw new UsageError("ojs openapi takes no options.");
  await written(first === undefined ? `${await document()}\n` : HELP);
  return 0;
}

async function document(): Promise<string> {
  await using server = await createServer({ storage: memory(), apiKey: "any" });
  const { signal } = new AbortController();
  const { body } = await server.transport.request({ method: "GET", path: "/ojs/openapi.json", headers: {}, signal });
  return body;
}

/** The process ends right behind this, and a pipe may be slow. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(text, () => resolve()));
}
