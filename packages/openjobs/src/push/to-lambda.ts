/** A function of requests behind AWS Lambda. */
import { type LambdaHttpEvent, requestOf } from "./lambda-event.ts";

/** What is used of the second argument that Lambda gives. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What Lambda's front makes a response of, in either format. */
export interface LambdaHttpResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For a load balancer that sends them, which reads no others. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/**
 * Puts a handler of requests behind AWS Lambda: function URLs and HTTP APIs (payload format 2.0), REST APIs and application load balancers
 * (1.0). The bytes of the body reach the handler as they were sent, base64 or not, so that their signature counts. A job has to end before the
 * function's own time does, as well as before the server's patience. For handlers that answer text, as push handlers do.
 *
 * The function that is made throws OjsValidationError when it is invoked with something else than an HTTP event.
 *
 * @example
 * const push = createPushHandler({ secrets: process.env.OJS_PUSH_SECRET ?? "", handlers: { "email.send": sendEmail } });
 * export const handler = toLambda(push);
 */
export function toLambda(
  handler: (request: Request) => Response | Promise<Response>,
): (event: LambdaHttpEvent, context?: LambdaContext) => Promise<LambdaHttpResult> {
  return async (event, context) => {
    const response = await handler(requestOf(event, context?.getRemainingTimeInMillis()));
    const answer = { statusCode: response.status, body: await response.text(), isBase64Encoded: false } as const;
    const isMultiValued =
      (event.headers ?? undefined) === undefined && (event.multiValueHeaders ?? undefined) !== undefined;
    if (!isMultiValued) return { ...answer, headers: Object.fromEntries(response.headers) };
    const lists = [...response.headers].map(([name, value]): [string, string[]] => [name, [value]]);
    return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
  };
}
