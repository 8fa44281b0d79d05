/**
 * Where in the index of unique jobs a fingerprint may be.
 *
 * Fingerprints are hashes, so each insert into one big index of them would change another page of it: beside a million
 * jobs that was a page written, copied into the file and synced for every job, seven times the work of the rest. So the index
 * begins with the piece of the table that the job is in, and new jobs share the few pages of the last piece. A look-up would
 * then have to ask every piece; Bloom filters in memory name the one or none that it is worth asking.
 */
import type { Database } from "./database.ts";
import { FINGERPRINT_HEAD, HEAD_CHARS, PIECE, PIECE_JOBS } from "./schema.ts";

/** 32 bits a job: one in 40,000 pieces is asked in vain. */
const BITS = 32 * PIECE_JOBS;
const PROBES = 6;

/** So many pieces share a block: bit n of each word belongs to the n-th, so one look tells about all of them. */
const BLOCK_PIECES = 32;

const FIRST_PIECE_AFTER = `
  SELECT ${PIECE} FROM jobs WHERE fingerprint IS NOT NULL AND ${PIECE} > ? ORDER BY ${PIECE} LIMIT 1`;
const HEADS_OF_PIECE = `
  SELECT json_group_array(${FINGERPRINT_HEAD}) FROM jobs WHERE ${PIECE} = ? AND fingerprint IS NOT NULL`;
const HAS_JOBS = `SELECT 1 FROM jobs WHERE fingerprint IS NOT NULL AND ${PIECE} >= ? AND ${PIECE} < ? LIMIT 1`;

/** Filters for the pieces that have unique jobs. They may name a piece in vain, also after a rollback, and forget none. */
export class Fingerprints {
  readonly #database: Database;
  /** 256 kB for 65,536 jobs, and nothing for as many that have no fingerprint. */
  readonly #blocks = new Map<number, Uint32Array>();
  #sweeper: Iterator<number> | undefined;

  constructor(database: Database) {
    this.#database = database;
    for (let piece = this.#after(-1); piece !== undefined; piece = this.#after(piece)) {
      const heads: string[] = JSON.parse(String(database.value(HEADS_OF_PIECE, [piece]))); // what the statement writes
      for (const head of heads) this.#note(piece, head);
    }
  }

  /** A job that is being inserted. */
  note(seq: number, fingerprint: string | null): void {
    if (fingerprint !== null) this.#note(Math.floor(seq / PIECE_JOBS), fingerprint);
  }

  /** The pieces that may have a job with this fingerprint. */
  piecesOf(fingerprint: string): readonly number[] {
    if (this.#blocks.size === 0) return NOWHERE;
    const bits = bitsOf(fingerprint);
    let pieces: number[] | undefined;
    for (const [number, block] of this.#blocks) {
      let found = -1;
      for (const bit of bits) {
        found &= block[bit] ?? 0;
        if (found === 0) break;
      }
      if (found !== 0) pieces = [...(pieces ?? []), ...piecesIn(number, found)];
    }
    return pieces ?? NOWHERE;
  }

  /** Looks at one block, and drops it if its jobs are gone. Not for the inside of a transaction that may be rolled back. */
  sweep(): void {
    this.#sweeper ??= this.#blocks.keys();
    const { value: number, done } = this.#sweeper.next();
    if (done === true) this.#sweeper = undefined;
    else if (this.#isEmpty(number)) this.#blocks.delete(number);
  }

  #isEmpty(number: number): boolean {
    const first = number * BLOCK_PIECES;
    return this.#database.value(HAS_JOBS, [first, first + BLOCK_PIECES]) === null;
  }

  #after(piece: number): number | undefined {
    const next = this.#database.value(FIRST_PIECE_AFTER, [piece]);
    return next === null ? undefined : Number(next);
  }

  #note(piece: number, fingerprint: string): void {
    const number = Math.floor(piece / BLOCK_PIECES);
    let block = this.#blocks.get(number);
    if (block === undefined) {
      block = new Uint32Array(BITS);
      this.#blocks.set(number, block);
    }
    const mark = 1 << (piece % BLOCK_PIECES);
    for (const bit of bitsOf(fingerprint)) block[bit] = (block[bit] ?? 0) | mark;
  }
}

const NOWHERE: readonly number[] = [];

/** The words that stand for a fingerprint, by double hashing (FNV-1a and a relative of it) of what the index has of it. */
function bitsOf(fingerprint: string): readonly number[] {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let index = 0; index < HEAD_CHARS; index += 1) {
    const code = fingerprint.charCodeAt(index) | 0;
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  const bits: number[] = [];
  for (let probe = 0; probe < PROBES; probe += 1) bits.push(((first + Math.imul(probe, second | 1)) >>> 0) % BITS);
  return bits;
}

function piecesIn(number: number, found: number): number[] {
  const pieces: number[] = [];
  for (let piece = 0; piece < BLOCK_PIECES; piece += 1) {
    if ((found & (1 << piece)) !== 0) pieces.push(number * BLOCK_PIECES + piece);
  }
  return pieces;
}
