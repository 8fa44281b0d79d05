/** Paths into a JSON value, as error details show them: `jobs[3].options.retry`, `args[0]["odd key"]`. */

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** The path of a member; `path` is empty at the root. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
