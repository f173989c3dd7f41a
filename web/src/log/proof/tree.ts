/**
 * The log's Merkle tree (RFC 9162, section 2): hashes, and whether a proof holds. Nothing here asks the server: what is
 * proven follows from the bytes and WebCrypto alone. Sizes are exact to 2^53; bit operators would end at 2^31.
 */
import { sha256, type Bytes } from "../../bytes";

export const HASH_BYTES = 32;

const PROOF_HASHES_MOST = 64;

async function hash(prefix: number, ...parts: Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  all[0] = prefix;
  let at = 1;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return sha256(all);
}

export function leafHash(entry: Bytes): Promise<Bytes> {
  return hash(0, entry);
}

export function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return hash(1, left, right);
}

export function same(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const half = (n: number) => Math.floor(n / 2);
const odd = (n: number) => n % 2 === 1;

/** Section 2.1.3.2: does the proof lead from the leaf, as entry `index` of `size`, to the root? */
export async function inclusionHolds(proof: Bytes[], index: number, size: number, leaf: Bytes, root: Bytes): Promise<boolean> {
  if (index >= size || proof.length > PROOF_HASHES_MOST) return false;
  let [at, last] = [index, size - 1];
  let found = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      found = await nodeHash(sibling, found);
      while (!odd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      found = await nodeHash(found, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(found, root);
}

/** Section 2.1.4.2: does the tree of `size` begin with the whole tree of `oldSize`? */
export async function consistencyHolds(
  proof: Bytes[],
  oldSize: number,
  oldRoot: Bytes,
  size: number,
  root: Bytes,
): Promise<boolean> {
  if (oldSize > size || proof.length > PROOF_HASHES_MOST) return false;
  if (oldSize === 0) return !proof.length;
  if (oldSize === size) return !proof.length && same(oldRoot, root);
  let [at, last] = [oldSize - 1, size - 1];
  while (odd(at)) [at, last] = [half(at), half(last)];
  // Of a tree of 2^n entries the old root itself is where the proof begins.
  const [first, ...rest] = at === 0 ? [oldRoot, ...proof] : proof;
  if (!first) return false;
  let [before, after] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      [before, after] = [await nodeHash(sibling, before), await nodeHash(sibling, after)];
      while (!odd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      after = await nodeHash(after, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(before, oldRoot) && same(after, root);
}
