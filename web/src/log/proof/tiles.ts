/**
 * A log's tiles (c2sp.org/tlog-tiles): hashes of the tree by 256, from which proofs are made, and bundles of entries.
 * What comes from here is not trusted: a proof made of wrong hashes does not hold.
 */
import type { Bytes } from "../../bytes";
import { HASH_BYTES, nodeHash } from "./tree";

export const TILE_WIDTH = 256;

/** Where the files of one log come from. null: there is no such file. */
export interface Source {
  text(name: string): Promise<string | null>;
  bytes(path: string): Promise<Bytes | null>;
}

/** "x001/x234/067" of 1234067. */
function numberPath(number: number): string {
  const groups = [];
  for (; groups.length === 0 || number > 0; number = Math.floor(number / 1000)) groups.unshift(String(number % 1000).padStart(3, "0"));
  return groups.map((group, i) => (i < groups.length - 1 ? "x" : "") + group).join("/");
}

export function tilePath(level: number | "entries", number: number, width = TILE_WIDTH): string {
  return `tile/${level}/${numberPath(number)}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** How wide a tile is in a tree: less than 256 at its right edge only. */
function widthIn(row: number, number: number): number {
  return Math.min(TILE_WIDTH, row - number * TILE_WIDTH);
}

/** A partial tile goes once there is the full one, which begins with it. */
async function partOr(source: Source, level: number | "entries", number: number, width: number): Promise<Bytes> {
  const found =
    (await source.bytes(tilePath(level, number, width))) ?? (width < TILE_WIDTH ? await source.bytes(tilePath(level, number)) : null);
  if (!found) throw new Missing(tilePath(level, number, width));
  return found;
}

/** The log has no such tile: for a bundle that is what retention does, of hashes it never happens. */
export class Missing extends Error {
  constructor(path: string) {
    super(`the log has no ${path}`);
  }
}

export class Tiles {
  private held = new Map<string, Promise<Bytes>>();

  constructor(private source: Source) {}

  private tile(level: number, number: number, width: number): Promise<Bytes> {
    const path = tilePath(level, number, width);
    const known = this.held.get(path);
    if (known) return known;
    const asked = partOr(this.source, level, number, width).then((tile) => {
      if (tile.length < width * HASH_BYTES) throw new Error(`${path} is too short`);
      return tile;
    });
    this.held.set(path, asked);
    return asked;
  }

  /** The hash over the `index`th 2^height leaves of a tree of `size`, all of which it has. */
  private async full(height: number, index: number, size: number): Promise<Bytes> {
    const level = Math.floor(height / 8);
    const leaves = 2 ** (height % 8);
    const first = index * leaves;
    const number = Math.floor(first / TILE_WIDTH);
    const tile = await this.tile(level, number, widthIn(Math.floor(size / TILE_WIDTH ** level), number));
    const at = first % TILE_WIDTH;
    let row = Array.from({ length: leaves }, (_, i) => tile.slice((at + i) * HASH_BYTES, (at + i + 1) * HASH_BYTES));
    while (row.length > 1) row = await Promise.all(row.filter((_, i) => i % 2 === 0).map((left, i) => nodeHash(left, row[2 * i + 1]!)));
    return row[0]!;
  }

  /** The hash over the leaves from `from` up to, not including, `to`, as it stands in a tree of `size`. */
  private async over(from: number, to: number, size: number): Promise<Bytes> {
    const count = to - from;
    const left = leftOf(count);
    if (left === count) return this.full(Math.log2(count), from / count, size);
    return nodeHash(await this.over(from, from + left, size), await this.over(from + left, to, size));
  }

  /** The root that the log had at `oldSize`, by its tiles of today. */
  root(oldSize: number, size: number): Promise<Bytes> {
    return this.over(0, oldSize, size);
  }

  /** From the leaf upwards. */
  async inclusion(index: number, size: number): Promise<Bytes[]> {
    const proof: Promise<Bytes>[] = [];
    for (let [from, to] = [0, size]; to - from > 1; ) {
      const middle = from + leftPart(to - from);
      if (index < middle) {
        proof.push(this.over(middle, to, size));
        to = middle;
      } else {
        proof.push(this.over(from, middle, size));
        from = middle;
      }
    }
    return (await Promise.all(proof)).reverse();
  }

  async consistency(oldSize: number, size: number): Promise<Bytes[]> {
    if (oldSize === 0 || oldSize === size) return [];
    const proof: Promise<Bytes>[] = [];
    let [from, to] = [0, size];
    while (oldSize < to) {
      const middle = from + leftPart(to - from);
      if (oldSize <= middle) {
        proof.push(this.over(middle, to, size));
        to = middle;
      } else {
        proof.push(this.over(from, middle, size));
        from = middle;
      }
    }
    if (from > 0) proof.push(this.over(from, to, size)); // else it is the old root itself
    return (await Promise.all(proof)).reverse();
  }

  /** An entry's bytes, out of its bundle: each has its length before it, two bytes, big-endian. */
  async entry(index: number, size: number): Promise<Bytes> {
    const number = Math.floor(index / TILE_WIDTH);
    const bundle = await partOr(this.source, "entries", number, widthIn(size, number));
    let at = 0;
    for (let left = index % TILE_WIDTH; ; left--) {
      const length = bundle[at]! * 256 + bundle[at + 1]!;
      if (Number.isNaN(length) || at + 2 + length > bundle.length) throw new Error("the bundle ends before the entry");
      if (left === 0) return bundle.slice(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
}

/** The greatest power of two that is at most n. */
function leftOf(n: number): number {
  let left = 1;
  while (left * 2 <= n) left *= 2;
  return left;
}

/** How many leaves of n stand below the left one of two halves: fewer than n, if n is more than one. */
function leftPart(n: number): number {
  const left = leftOf(n);
  return left === n ? n / 2 : left;
}
