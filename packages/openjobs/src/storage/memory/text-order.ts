/** By code unit, as databases with binary collation do: not by the rules of some language. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
