/** Holds every answer of a test server up to the OpenAPI document, whatever the test is about. */
import { createServer } from "../../../src/server/index.ts";
import { memory } from "../../../src/storage/memory/index.ts";
import { type Call, type DescribedApi, describedApi } from "./described-api.ts";

let api: Promise<DescribedApi> | undefined;

/**
 * Throws when the document does not know the answer. Only about answers: tests send what nobody should, and members of their
 * own in jobs.
 */
export async function expectDescribed(call: Omit<Call, "requestBody">): Promise<void> {
  api ??= readApi();
  const judge = await api;
  const known = judge.operationOf(call) !== undefined;
  const problems = known ? judge.problems(call) : problemsOfUnknown(call);
  if (problems.length > 0) throw new Error(`the OpenAPI document has it otherwise: ${problems.join("; ")}`);
}

/** HEAD and OPTIONS are every path's, and what has no route can only be refused. */
function problemsOfUnknown({ method, path, status }: Omit<Call, "requestBody">): readonly string[] {
  if (method === "HEAD" || method === "OPTIONS" || status >= 400) return [];
  return [`${method} ${path} answers ${status} and is not in it`];
}

/** Once for all tests of a process: every server has the same routes. */
async function readApi(): Promise<DescribedApi> {
  await using server = await createServer({ storage: memory() });
  const request = { method: "GET", path: "/ojs/openapi.json", query: "", headers: {}, body: undefined };
  const { body = "" } = await server.handle({ ...request, signal: new AbortController().signal });
  return describedApi(JSON.parse(body), { own: true });
}
