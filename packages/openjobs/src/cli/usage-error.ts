/** A command line that cannot be understood; the command ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
