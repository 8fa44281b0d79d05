/** Size of text in UTF-8, without an encoder: core has no platform, and nothing needs the bytes themselves. */

/** How many bytes the text takes in UTF-8; a lone surrogate counts 3, like the U+FFFD that encoders write for it. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (isPair(unit, text.charCodeAt(index + 1))) index += 1;
  }
  return bytes;
}

/** Whether the text takes more than `max` bytes in UTF-8; short texts are not even looked at. */
export function exceedsBytes(text: string, max: number): boolean {
  return text.length * 3 > max && byteLength(text) > max;
}

/** A pair takes 4 bytes: its 2 code units, and the 2 bytes added for the first one. */
function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
