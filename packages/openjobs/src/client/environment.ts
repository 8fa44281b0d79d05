/** Settings from environment variables (ojs-sdk-guidelines §7.2), where there is an environment. */

/** The one property of `globalThis` that matters here; browsers do not have it. */
interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** The first of the variables that is set and not empty. */
export function fromEnvironment(...names: readonly string[]): string | undefined {
  const host: Host = globalThis;
  try {
    return names.map((name) => host.process?.env?.[name]).find((value) => value !== undefined && value !== "");
  } catch {
    return undefined; // Deno without permission to read the environment
  }
}
