/** Whether a document is a JSON Schema, draft 2020-12, and one that arguments can be checked against. */
import { type OjsError, ojsError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { type CompiledSchema, loadSchemaCompiler, REFERENCES, type SchemaCompiler } from "./schema-compiler.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/**
 * Checks a document.
 *
 * @throws OjsError `invalid_request` with the place of what is wrong in `details.field`.
 */
export async function checkSchema(schema: JsonObject): Promise<void> {
  const { $schema: draft = DRAFT } = schema;
  if (draft !== DRAFT && draft !== `${DRAFT}#`) throw unfit("schema.$schema", `must be ${DRAFT}, if it is there`);
  refuseRemote(schema, "schema");
  const compiler = await loadSchemaCompiler();
  const flaw = compiler.flawOf(schema);
  if (flaw !== undefined) throw unfit(`schema${flaw.pointer.replaceAll("/", ".")}`, flaw.problem);
  try {
    compileSchema(compiler, schema);
  } catch (error) {
    throw unfit("schema", `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The function of a document that has passed. */
export function compileSchema(compiler: SchemaCompiler, schema: JsonObject, all = false): CompiledSchema {
  const { $schema: _draft, ...document } = schema;
  return compiler.compile(document, all);
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
