/** A broken wrapper would reject as well; only an expectation that was not met is a fault noticed. */
export function isFailedExpectation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "AssertionError") return true;
  }
  return false;
}
