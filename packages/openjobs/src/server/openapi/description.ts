/** What a route says about itself, for the OpenAPI document: data only, which nobody looks at before somebody asks for it. */
import type { HeaderName, QueryName } from "./parameters.ts";
import type { SchemaName } from "./schemas.ts";

/** What routes are about; the groups of the document. */
export type Tag =
  | "Jobs"
  | "Workers"
  | "Queues"
  | "Dead letters"
  | "Cron jobs"
  | "Workflows"
  | "Schemas"
  | "Webhooks"
  | "Push delivery"
  | "Operators"
  | "Events"
  | "Labs"
  | "Server";

/** An answer that is not JSON. */
export interface OtherContent {
  readonly media: string;
  readonly description: string;
}

/** What an answer has in its body: this schema, something that is not JSON, or nothing. */
export type AnswerContent = SchemaName | OtherContent | "nothing";

/** A route in words and names. */
export interface Description {
  readonly tag: Tag;
  /** What it does, in a few words: `Cancel a job`. */
  readonly summary: string;
  readonly query?: readonly QueryName[];
  readonly headers?: readonly HeaderName[];
  /** Schema of the request's body, for a route that reads one. */
  readonly body?: SchemaName;
  /** Method and path of the route that this is another name of. */
  readonly aliasOf?: string;
  /** What it answers, by status. */
  readonly answers: Readonly<Record<number, AnswerContent>>;
  /**
   * Statuses of errors that this route alone has. What follows from the form of a route is added: a body can be malformed
   * or too large, a path can lead nowhere, the key may be missing, the storage may be in trouble.
   */
  readonly errors?: readonly (404 | 408 | 409 | 413 | 429)[];
}

/** Query parameters of a list in pages. */
export const PAGING: readonly QueryName[] = ["limit", "cursor", "offset", "page", "per_page"];
