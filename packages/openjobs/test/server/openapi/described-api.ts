/** The document as a judge of requests and answers: finds the operation, and says what of an answer it does not know. */

import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { followed, isPart, type Part, withoutOwnMembers } from "./document-checks.ts";

/** A request and what came of it. */
export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly text: string | undefined;
}

/** Reads calls by a document. */
export interface DescribedApi {
  /** What is wrong with a call by the document; empty when it is as described. */
  problems(call: Call): readonly string[];
  /** `GET /ojs/v1/jobs/{id}` of a call; undefined when there is no such route. */
  operationOf(call: Pick<Call, "method" | "path">): string | undefined;
  /** All operations in that form. */
  readonly operations: readonly string[];
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  /** JSON pointer into the document. */
  readonly pointer: string;
  readonly facts: Part;
  /** By status; where each of them is. */
  readonly responses: ReadonlyMap<string, { readonly part: Part; readonly pointer: string }>;
}

/**
 * Members that the document leaves to clients are mistakes in an answer, unless `own` says that some were sent; in requests
 * they never are.
 */
export function describedApi(document: object, { own = false } = {}): DescribedApi {
  const requests = compiler(document);
  const answers = own ? requests : compiler(withoutOwnMembers(document));
  const operations = operationsIn(document);
  const find = ({ method, path }: Pick<Call, "method" | "path">): Operation | undefined =>
    operations.find((each) => each.method === method && each.pattern.test(path));
  return {
    operations: operations.map(({ name }) => name),
    operationOf: (call) => find(call)?.name,
    problems(call) {
      const operation = find(call);
      if (operation === undefined) return [`${call.method} ${call.path} is not in the document`];
      const found = [...requestProblems(operation, call, requests), ...answerProblems(operation, call, answers)];
      return found.map((problem) => `${operation.name}: ${problem}`);
    },
  };
}

/** Without the optimiser, which takes longer than all the checks. */
function compiler(document: unknown): Ajv2020 {
  const formats = { "date-time": TIMESTAMP };
  const ajv = new Ajv2020({ strict: false, formats, inlineRefs: false, code: { optimize: false } });
  if (!isPart(document)) throw new TypeError("the document is no object");
  return ajv.addSchema(document, "document");
}

function operationsIn(document: object): readonly Operation[] {
  const { paths } = { paths: undefined, ...document };
  const found = Object.entries(isPart(paths) ? paths : {}).flatMap(([template, item]) =>
    Object.entries(isPart(item) ? item : {}).map(([method, facts]): Operation => {
      const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`);
      const pointer = `#/paths/${escaped(template)}/${method}`;
      const answers = isPart(facts) && isPart(facts.responses) ? facts.responses : {};
      const responses = Object.entries(answers).map(
        ([status, response]) => [status, followed(document, response, `${pointer}/responses/${status}`)] as const,
      );
      const name = `${method.toUpperCase()} ${template}`;
      return {
        name,
        method: method.toUpperCase(),
        pattern,
        pointer,
        facts: isPart(facts) ? facts : {},
        responses: new Map(responses),
      };
    }),
  );
  // As the router does: a name in the path goes before a parameter.
  return found.sort((one, other) => openness(one.name) - openness(other.name));
}

function openness(name: string): number {
  return name.split("{").length;
}

function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Only of requests that were accepted as a whole: what is refused need not be as described. */
function requestProblems(
  { facts, pointer }: Operation,
  { requestBody, status }: Call,
  ajv: Ajv2020,
): readonly string[] {
  if (requestBody === undefined || status >= 300 || status === 207) return [];
  const content = isPart(facts.requestBody) ? facts.requestBody.content : undefined;
  const [media] = Object.keys(isPart(content) ? content : {});
  if (media === undefined) return ["takes no body, but got one"];
  return validate(ajv, `${pointer}/requestBody/content/${escaped(media)}/schema`, requestBody, "request");
}

function answerProblems({ responses }: Operation, call: Call, ajv: Ajv2020): readonly string[] {
  const { status, contentType, text } = call;
  const response = responses.get(`${status}`);
  if (response === undefined) return [`answers ${status}, which is not described: ${text?.slice(0, 300)}`];
  const medias = Object.keys(isPart(response.part.content) ? response.part.content : {});
  const [type = ""] = contentType.split(";");
  if (medias.length === 0) return (text ?? "") === "" ? [] : [`${status} has a body, and none is described`];
  const media =
    medias.find((known) => known.split(";")[0] === type) ?? (type === "application/json" ? medias[0] : undefined);
  if (media === undefined) return [`${status} is of type ${contentType}, described are ${medias.join(", ")}`];
  if (!type.endsWith("json")) return [];
  return validate(ajv, `${response.pointer}/content/${escaped(media)}/schema`, JSON.parse(text ?? ""), `${status}`);
}

function validate(ajv: Ajv2020, pointer: string, value: unknown, what: string): readonly string[] {
  const check: ValidateFunction | undefined = ajv.getSchema(`document${pointer}`);
  if (check === undefined) return [`${what}: there is no schema at ${pointer}`];
  if (check(value) === true) return [];
  const errors = (check.errors ?? []).map(({ instancePath, message, params }) => {
    return `${what}${instancePath}: ${message} ${JSON.stringify(params)}`;
  });
  return [...errors, `${what} was ${JSON.stringify(value).slice(0, 1_500)}`];
}
