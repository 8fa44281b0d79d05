/** UUIDv7: time-ordered ids (RFC 9562 §5.7, ojs-core §5.1). */

/** What a generator draws from. */
export interface Uuid7Source {
  /** Unix milliseconds. */
  now(): number;
  /** Fills the array with random bytes. */
  random(bytes: Uint8Array): void;
}

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const VARIANT: readonly string[] = HEX.map((_, byte) => HEX[0x80 | (byte & 0x3f)] ?? "");
const BYTES_PER_ID = 10;
/** The sequence has 12 bits; starting in the lower half leaves room for 2,048 ids and more in a millisecond. */
const SEQUENCE_MAX = 0xfff;
const SEQUENCE_START_MASK = 0x7ff;

/**
 * Makes a generator whose ids never go backwards: within a millisecond, or when the clock is set back, a sequence number
 * grows, and when it is used up the id borrows from the next millisecond (RFC 9562 §6.2, method 1).
 *
 * @example
 * const newId = createUuid7({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
 */
export function createUuid7(source: Uuid7Source): () => string {
  const next = createRandomPool(source);
  let time = 0;
  let sequence = 0;
  let prefix = "";
  return () => {
    const byte = next();
    const now = Math.floor(source.now());
    if (now <= time && sequence < SEQUENCE_MAX) {
      sequence += 1;
    } else {
      time = Math.max(now, time + 1);
      sequence = ((byte(8) << 8) | byte(9)) & SEQUENCE_START_MASK;
      prefix = timePrefix(time);
    }
    return `${prefix}${HEX[sequence >> 8]?.charAt(1)}${HEX[sequence & 0xff]}-${tail(byte)}`;
  };
}

/** Whether the text is a UUIDv7 in lower case, the only spelling that ids have here (ojs-core §5.1). */
export function isUuid7(text: string): boolean {
  return UUID7.test(text);
}

/** One call to the source of randomness serves many ids: its price is per call, not per byte. */
function createRandomPool(source: Uuid7Source): () => (index: number) => number {
  const pool = new Uint8Array(BYTES_PER_ID * 256);
  let offset = pool.length;
  const byte = (index: number): number => pool[offset - BYTES_PER_ID + index] ?? 0;
  return () => {
    if (offset === pool.length) {
      source.random(pool);
      offset = 0;
    }
    offset += BYTES_PER_ID;
    return byte;
  };
}

function timePrefix(time: number): string {
  const hex = time.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
}

function tail(byte: (index: number) => number): string {
  const node = HEX[byte(2)] + hexOf(byte(3)) + hexOf(byte(4)) + hexOf(byte(5)) + hexOf(byte(6)) + hexOf(byte(7));
  return `${VARIANT[byte(0)]}${HEX[byte(1)]}-${node}`;
}

function hexOf(byte: number): string {
  return HEX[byte] ?? "";
}
