/** Whether a document is a JSON Schema, draft 2020-12. The library is loaded when the first one is registered. */
import { type OjsError, ojsError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json-object.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Where a schema may refer to another place. */
const REFERENCES = ["$ref", "$dynamicRef"];

/** The draft's own rules take a tenth of a second to compile, so that is done once. */
let library: ReturnType<typeof load> | undefined;

async function load() {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  // References are functions, not copies: else a small document could become a program of any size.
  const base = { strict: false, logger: false, inlineRefs: false, addUsedSchema: false } as const;
  // Its optimiser takes three seconds more for 50 KB of properties, and nothing else runs meanwhile.
  const options = { ...base, code: { optimize: false } } as const;
  // One for each document: an `$id` in one must not be in the way of another.
  const fresh = () => new Ajv2020({ ...options, meta: false, validateSchema: false });
  return { draft: new Ajv2020(options), fresh };
}

/**
 * Checks a document.
 *
 * @throws OjsError `invalid_request` with the place of what is wrong in `details.field`.
 */
export async function checkSchema(schema: JsonObject): Promise<void> {
  const { $schema: named, ...document } = schema;
  const draft = named ?? DRAFT;
  if (draft !== DRAFT && draft !== `${DRAFT}#`) throw unfit("schema.$schema", `must be ${DRAFT}, if it is there`);
  refuseRemote(schema, "schema");
  library ??= load();
  const { draft: rules, fresh } = await library;
  if (!rules.validateSchema(schema)) {
    const [first] = rules.errors ?? [];
    const path = (first?.instancePath ?? "").replaceAll("/", ".");
    throw unfit(`schema${path}`, first?.message ?? "is not allowed in JSON Schema");
  }
  try {
    fresh().compile(document);
  } catch (error) {
    throw unfit("schema", `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Nothing is ever read from elsewhere. The depth of the document is limited, so this ends. */
function refuseRemote(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const place = `${path}.${name}`;
    if (REFERENCES.includes(name) && typeof inner === "string" && !inner.startsWith("#")) {
      throw unfit(place, 'must begin with "#": schemas cannot refer to other documents');
    }
    refuseRemote(inner, place);
  }
}

function unfit(field: string, problem: string): OjsError {
  return ojsError("invalid_request", `${field} ${problem}.`, { details: { field } });
}
