/** What a route answers, as the responses of its operation. */
import type { Route } from "../route.ts";
import type { AnswerContent } from "./description.ts";
import { ref, text } from "./schema-words.ts";
import { jsonContent, meaningOf, partRef, refused } from "./shared-parts.ts";

const MEANINGS: Readonly<Record<number, string>> = {
  101: "The connection goes on in another protocol.",
  200: "Done.",
  201: "Made.",
  202: "Accepted; it is done later.",
  204: "Done; there is nothing to tell.",
  207: "Some of it was done.",
};

/** Answers and refusals, by status. */
export function responsesOf(route: Route): Readonly<Record<string, object>> {
  const { answers } = route.describe;
  const refusals = errorStatuses(route);
  const statuses = new Set([...Object.keys(answers).map(Number), ...refusals]);
  const entries = [...statuses].map((status) => [
    `${status}`,
    responseOf(status, answers[status], refusals.includes(status)),
  ]);
  return Object.fromEntries(entries);
}

/** What a route can be refused for because of its form, and on its own account. */
function errorStatuses({
  path,
  readsBody = false,
  open = false,
  describe: { query = [], errors = [] },
}: Route): readonly number[] {
  const named = path.includes(":");
  return [
    ...(named || readsBody !== false || query.length > 0 ? [400] : []),
    ...(open ? [] : [401]),
    403,
    ...(named ? [404] : []),
    ...(readsBody === false ? [] : [413]),
    ...errors,
    422,
    500,
    503,
  ];
}

/** Where a route answers with a status on its own account, it may still be refused with it. */
function responseOf(status: number, content: AnswerContent | undefined, refusal: boolean): object {
  if (content === undefined) return partRef("responses", refused(status));
  const description = MEANINGS[status] ?? meaningOf(status) ?? `Status ${status}.`;
  if (content === "nothing") return { description };
  if (typeof content !== "string") {
    return { description: content.description, content: { [content.media]: { schema: text() } } };
  }
  const own = ref(content);
  const body = jsonContent(refusal ? { anyOf: [own, ref("Error")] } : own);
  return { description, ...(status === 201 ? LOCATION : {}), content: body };
}

const LOCATION = { headers: { Location: { description: "Where it is, if it is one thing.", schema: text() } } };
