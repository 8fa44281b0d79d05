/** The five ways to arrange middleware, which clients and workers have in common (ojs-middleware §5). */
import { ojsError } from "../core/errors.ts";
import type { Middleware } from "./middleware.ts";

/**
 * Something that middleware acts upon. The first one is the outermost: the first to see a job, the last to see what became
 * of it. Names identify; the same middleware may be there several times.
 */
export abstract class MiddlewareHost {
  /** Never changed, only replaced: what is under way keeps the chain that it began with. */
  #chain: readonly Middleware[] = [];

  /**
   * The names of the middleware, outermost first (ojs-middleware §5.4).
   *
   * @example console.log(worker.middleware); // ["otel", "logging"]
   */
  get middleware(): readonly string[] {
    return this.#chain.map(({ name }) => name);
  }

  /**
   * Adds middleware to the end: nearest to the handler, or to the server.
   *
   * @throws OjsConflictError on a worker that was started; OjsValidationError for what is no middleware.
   * @example client.use(tenant, logging());
   */
  use(...added: readonly Middleware[]): this {
    return this.#change((chain) => [...chain, ...checked(added)]);
  }

  /**
   * Adds middleware before all that is there. Errors as for {@link use}.
   *
   * @example worker.prepend(errorReporting);
   */
  prepend(...added: readonly Middleware[]): this {
    return this.#change((chain) => [...checked(added), ...chain]);
  }

  /**
   * Adds middleware right before the first one of that name. Errors as for {@link use}.
   *
   * @throws OjsValidationError when there is none of that name.
   * @example worker.insertBefore("timeout", metrics({ record }));
   */
  insertBefore(name: string, ...added: readonly Middleware[]): this {
    return this.#change((chain) => inserted(chain, placeOf(chain, name), checked(added)));
  }

  /**
   * Adds middleware right after the last one of that name. Errors as for {@link insertBefore}.
   *
   * @example client.insertAfter("tenant", encryption({ keys }));
   */
  insertAfter(name: string, ...added: readonly Middleware[]): this {
    return this.#change((chain) => {
      placeOf(chain, name);
      const after = chain.map((one) => one.name).lastIndexOf(name) + 1;
      return inserted(chain, after, checked(added));
    });
  }

  /**
   * Takes out the middleware of that name, all of it. Errors as for {@link insertBefore}.
   *
   * @example worker.remove("logging");
   */
  remove(name: string): this {
    return this.#change((chain) => {
      placeOf(chain, name);
      return chain.filter((one) => one.name !== name);
    });
  }

  /** The chain as it is now, for what begins now. */
  protected get chain(): readonly Middleware[] {
    return this.#chain;
  }

  /** Why the chain cannot be changed now; undefined = it can. */
  protected abstract whyFrozen(): string | undefined;

  #change(change: (chain: readonly Middleware[]) => readonly Middleware[]): this {
    const why = this.whyFrozen();
    if (why !== undefined) {
      throw ojsError("conflict", `The middleware cannot be changed: ${why}.`, {
        hint: "Arrange it before the start.",
        operation: "middleware",
      });
    }
    this.#chain = change(this.#chain);
    return this;
  }
}

function inserted(chain: readonly Middleware[], at: number, added: readonly Middleware[]): readonly Middleware[] {
  return [...chain.slice(0, at), ...added, ...chain.slice(at)];
}

function placeOf(chain: readonly Middleware[], name: string): number {
  const place = chain.findIndex((one) => one.name === name);
  if (place !== -1) return place;
  const names = chain.map((one) => one.name).join(", ");
  throw ojsError("invalid_request", `There is no middleware called "${name}".`, {
    hint: names === "" ? "None is there yet." : `There are: ${names}.`,
    details: { field: "name" },
  });
}

/** JavaScript callers too learn of a forgotten call (`use(logging)`) here and not at the first job. */
function checked(added: readonly Middleware[]): readonly Middleware[] {
  for (const one of added) {
    const named = typeof one === "object" && one !== null && typeof one.name === "string" && one.name !== "";
    if (named && [one.enqueue, one.execute, one.read].some((method) => typeof method === "function")) continue;
    throw ojsError(
      "invalid_request",
      "Middleware is an object with a name and a method enqueue, execute or read, or several.",
      {
        hint: typeof one === "function" ? "Call the function that makes it." : "See the interface Middleware.",
        details: { field: "middleware" },
      },
    );
  }
  return added;
}
