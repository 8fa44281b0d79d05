/** What a failed assertion throws. */

/**
 * A promise of the test was not kept; the message says what was there instead. Test runners show `expected` and `actual` as they do their
 * own.
 */
export class TestAssertionError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ERR_ASSERTION";
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(message: string, expected: unknown, actual: unknown) {
    super(message);
    this.expected = expected;
    this.actual = actual;
  }
}
