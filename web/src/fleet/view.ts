/** Which rows are shown, and in which order: functions of the fleet and of what the operator asked for. */
import { STATES, tagList, type Fleet } from "./fleet";

export type Column = "state" | "name" | "tenant" | "site" | "host" | "os" | "address" | "tags" | "seen";

export interface Query {
  text: string;
  states: number; // bit mask of state codes; 0: all
  tenant: string; // "": all
  site: string;
  tag: string;
  sort: Column;
  down: boolean;
}

export const everything: Query = { text: "", states: 0, tenant: "", site: "", tag: "", sort: "name", down: false };

export interface View {
  rows: Uint32Array;
  /** How many agents of each state there are, whatever states are selected. */
  counts: Uint32Array;
}

/** Trouble first: the order in which a person on duty wants to see states. never online late offline goodbye … */
const URGENCY = [4, 6, 1, 0, 5, 2, 3, 7];

function identity(size: number): Uint32Array {
  const order = new Uint32Array(size);
  for (let row = 0; row < size; row++) order[row] = row;
  return order;
}

/** "web-9" before "web-10": digits are compared as numbers because they are padded. */
function naturalKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(9, "0"));
}

function byText(size: number, text: (row: number) => string): Uint32Array {
  const keys = new Array<string>(size);
  let sorted = true;
  for (let row = 0; row < size; row++) {
    keys[row] = naturalKey(text(row));
    if (row && keys[row]! < keys[row - 1]!) sorted = false;
  }
  const order = identity(size);
  return sorted ? order : order.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
}

/** Counting sort, stable: for columns with few different values. */
function byRank(size: number, rank: (row: number) => number, ranks: number): Uint32Array {
  const starts = new Uint32Array(ranks + 1);
  for (let row = 0; row < size; row++) starts[rank(row) + 1]!++;
  for (let i = 1; i <= ranks; i++) starts[i]! += starts[i - 1]!;
  const order = new Uint32Array(size);
  for (let row = 0; row < size; row++) order[starts[rank(row)]!++] = row;
  return order;
}

function byWord(size: number, codes: Uint16Array | Uint32Array, words: string[]): Uint32Array {
  const ranks = new Uint32Array(words.length);
  byText(words.length, (code) => words[code]!).forEach((code, rank) => (ranks[code] = rank));
  return byRank(size, (row) => ranks[codes[row]!]!, words.length);
}

/** All rows in the order of a column, smallest first. */
export function order(fleet: Fleet, column: Column): Uint32Array {
  const { size } = fleet;
  switch (column) {
    case "state":
      return byRank(size, (row) => URGENCY[fleet.state[row]!]!, STATES);
    case "tenant":
      return byWord(size, fleet.tenant, fleet.tenants.list);
    case "site":
      return byWord(size, fleet.site, fleet.sites.list);
    case "os":
      return byWord(size, fleet.os, fleet.systems.list);
    case "tags":
      return byWord(size, fleet.tags, fleet.tagSets.list);
    case "seen":
      return identity(size).sort((a, b) => fleet.seen[a]! - fleet.seen[b]! || a - b);
    default:
      return byText(size, (row) => fleet[column][row]!);
  }
}

/** Walk the ordered rows once: keep what matches, and count states before the filter by state. */
export function select(fleet: Fleet, ordered: Uint32Array, hits: Uint8Array | null, query: Query): View {
  const tenant = query.tenant ? fleet.tenants.find(query.tenant) : -2;
  const site = query.site ? fleet.sites.find(query.site) : -2;
  const tagged = query.tag ? fleet.tagSets.list.map((set) => tagList(set).includes(query.tag)) : null;
  const states = query.states || ~0;
  const kept = new Uint32Array(ordered.length);
  const counts = new Uint32Array(STATES);
  let count = 0;
  for (let i = 0; i < ordered.length; i++) {
    const row = ordered[query.down ? ordered.length - 1 - i : i]!;
    if (hits && !hits[row]) continue;
    if (tenant !== -2 && fleet.tenant[row] !== tenant) continue;
    if (site !== -2 && fleet.site[row] !== site) continue;
    if (tagged && !tagged[fleet.tags[row]!]) continue;
    const state = fleet.state[row]!;
    counts[state]!++;
    if (states & (1 << state)) kept[count++] = row;
  }
  return { rows: kept.subarray(0, count), counts };
}
