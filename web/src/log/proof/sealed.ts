/** Sealed texts in an entry, as lib/seal/text.h writes them. */
const SEALED = /sealed:\d{4}-\d\d-\d\d:\d{1,4}:[a-z_]+:[A-Za-z0-9+/]+={0,2}(?=")/;

const OPENED = String.raw`(?:[^"\\]|\\.)*`;

/** Is `shown` the entry `leaf` with other texts in the places of the sealed ones, and the same in all else? */
export function opens(leaf: string, shown: string): boolean {
  const between = leaf.split(SEALED).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${between.join(OPENED)}$`, "s").test(shown);
}
