/** What every job of every system carries. */
export function argsOf(n) {
  return { n, to: "user@example.com" };
}
