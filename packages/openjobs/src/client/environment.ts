/** Settings from environment variables (ojs-sdk-guidelines §7.2), where there is an environment. */

/** The part of Node's `process` that matters here; browsers have none. */
interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The first of the variables that is set and not empty. */
export function fromEnvironment(...names: readonly string[]): string | undefined {
  try {
    const process: Process | undefined = Reflect.get(globalThis, "process");
    return names.map((name) => process?.env?.[name]).find((value) => value !== undefined && value !== "");
  } catch {
    return undefined; // Deno without permission to read the environment
  }
}
