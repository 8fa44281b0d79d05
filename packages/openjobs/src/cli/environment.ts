/** Environment variables as options: an empty one counts as absent, as shells and compose files produce them. */

/** `process.env`, or what a test puts in its place. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of these variables that has a value. */
export function variable(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

/** A comma-separated list. */
export function list(env: Environment, name: string): readonly string[] {
  const items = (env[name] ?? "").split(",").map((item) => item.trim());
  return items.filter((item) => item !== "");
}

/** Whether a switch is on: `1` or `true`. */
export function isOn(env: Environment, name: string): boolean {
  return env[name] === "1" || env[name]?.toLowerCase() === "true";
}
