/** JSON Schema (2020-12) in short words: only the keywords that the schemas of this server need. */

/** A JSON Schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Members;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** Members of an object. */
export type Members = Readonly<Record<string, JsonSchema>>;

/** More about a schema. */
type More = Omit<JsonSchema, "$ref" | "type" | "properties" | "required">;

/** A schema of `components`, by name. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object with these members and no others. */
export function object(required: Members, optional: Members = {}, more: More = {}): JsonSchema {
  const names = Object.keys(required);
  return {
    ...more,
    type: "object",
    properties: { ...required, ...optional },
    ...(names.length === 0 ? {} : { required: names }),
    additionalProperties: more.additionalProperties ?? false,
  };
}

/** Another schema, of which these members have to be there. */
export function having(name: string, ...members: readonly string[]): JsonSchema {
  return { allOf: [ref(name), { required: members }] };
}

/** An object whose names are anybody's choice. */
export function map(of: JsonSchema, description: string): JsonSchema {
  return { description, type: "object", additionalProperties: of };
}

export function list(items: JsonSchema, more: More = {}): JsonSchema {
  return { ...more, type: "array", items };
}

export function text(more: More = {}): JsonSchema {
  return { ...more, type: "string" };
}

/** One of some words. */
export function word(...words: readonly string[]): JsonSchema {
  return { type: "string", enum: words };
}

/** A moment: RFC 3339. */
export function time(more: More = {}): JsonSchema {
  return { ...more, type: "string", format: "date-time" };
}

export function timeOrNull(more: More = {}): JsonSchema {
  return { ...more, type: ["string", "null"], format: "date-time" };
}

/** A whole number of at least 0, unless bounds say otherwise. */
export function integer(more: More = {}): JsonSchema {
  return { minimum: 0, ...more, type: "integer" };
}

export function number(more: More = {}): JsonSchema {
  return { ...more, type: "number" };
}

export function flag(more: More = {}): JsonSchema {
  return { ...more, type: "boolean" };
}

export function anyOf(...choices: readonly JsonSchema[]): JsonSchema {
  return { anyOf: choices };
}
