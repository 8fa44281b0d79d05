/** Parts of the SDK that are loaded when they are first needed (docs/adr/041-what-is-loaded-when.md). */
import { ojsError } from "../core/errors.ts";

/** See {@link onDemand}. */
export interface OnDemand<Part> {
  /** Undefined until it is there. Looking here costs nothing; even a kept promise costs a turn. */
  readonly loaded: Part | undefined;
  /** @throws OjsConnectionError when it cannot be loaded; the next call tries again. */
  load(): Promise<Part>;
}

/** A part that is loaded once, by whoever is the first to need it. */
export function onDemand<Part>(load: () => Promise<Part>): OnDemand<Part> {
  let loading: Promise<Part> | undefined;
  const part: { loaded: Part | undefined; load(): Promise<Part> } = {
    loaded: undefined,
    load: () => {
      loading ??= attempt();
      return loading;
    },
  };
  const attempt = async (): Promise<Part> => {
    try {
      part.loaded = await load();
      return part.loaded;
    } catch (cause) {
      loading = undefined;
      throw ojsError("connection_error", "A part of the SDK could not be loaded.", {
        cause,
        hint: "Look whether every file of the program can be read where it runs.",
      });
    }
  };
  return part;
}
