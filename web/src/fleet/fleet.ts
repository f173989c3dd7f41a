/**
 * The fleet as this browser knows it, column by column: typed arrays and shared words instead of an object for each
 * agent, so that 100,000 agents cost some 20 MB and a filter walks them in about a millisecond.
 *
 * A row is where an agent stands in the columns; rows are never removed. Times are milliseconds of the server's clock.
 */
import { stateWords, type AgentsListReply, type AgentsLiveReply } from "contract";

export type State = (typeof stateWords)[number];

export const STATES = stateWords.length;

const codeOfState = new Map<string, number>(stateWords.map((word, code) => [word, code]));

export function stateCode(word: State): number {
  return codeOfState.get(word)!;
}

/** Words that many rows share, each kept once. */
export class Words {
  readonly list: string[] = [];
  private codes = new Map<string, number>();

  code(word: string): number {
    let code = this.codes.get(word);
    if (code === undefined) {
      code = this.list.push(word) - 1;
      this.codes.set(word, code);
    }
    return code;
  }

  /** -1 if no row ever had it. */
  find(word: string): number {
    return this.codes.get(word) ?? -1;
  }
}

export function tagList(tags: string): string[] {
  return tags ? tags.split(" ") : [];
}

/** What is known of an agent when it is first heard of in an event. */
export interface Newcomer {
  agent: number;
  name: string;
  tenant: string;
  site: string;
  hostname?: string;
}

export class Fleet {
  size = 0;
  id = new Uint32Array(0);
  state = new Uint8Array(0);
  /** Last heartbeat; 0: none yet. */
  seen = new Float64Array(0);
  /** When `seen` was last refreshed; what is older than a few seconds is not shown as an age. */
  checked = new Float64Array(0);
  tenant = new Uint16Array(0);
  site = new Uint16Array(0);
  os = new Uint16Array(0);
  /** Which set of tags, of `tagSets`: agents have few different ones. */
  tags = new Uint32Array(0);
  name: string[] = [];
  host: string[] = [];
  address: string[] = [];
  readonly tenants = new Words();
  readonly sites = new Words();
  readonly systems = new Words();
  readonly tagSets = new Words();
  /** Changes whenever a name or another searched text does. */
  textVersion = 0;

  /** Agent ids are dense, so a plain array finds the row: row + 1, or 0. */
  private rows = new Uint32Array(0);

  rowOf(agent: number): number {
    return (this.rows[agent] ?? 0) - 1;
  }

  private reserve(rows: number, highestId: number): void {
    if (rows > this.id.length) {
      const room = Math.max(rows, Math.ceil(this.id.length * 1.5), 64);
      const grown = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(old: T, next: T): T => {
        next.set(old);
        return next;
      };
      this.id = grown(this.id, new Uint32Array(room));
      this.state = grown(this.state, new Uint8Array(room));
      this.seen = grown(this.seen, new Float64Array(room));
      this.checked = grown(this.checked, new Float64Array(room));
      this.tenant = grown(this.tenant, new Uint16Array(room));
      this.site = grown(this.site, new Uint16Array(room));
      this.os = grown(this.os, new Uint16Array(room));
      this.tags = grown(this.tags, new Uint32Array(room));
    }
    if (highestId >= this.rows.length) {
      const next = new Uint32Array(Math.max(highestId + 1, Math.ceil(this.rows.length * 1.5)));
      next.set(this.rows);
      this.rows = next;
    }
  }

  /** Add a page of the list; agents already known are brought up to date. */
  load(page: AgentsListReply): void {
    const count = page.agent.length;
    const now = Date.parse(page.now);
    let highest = 0;
    for (const id of page.agent) if (id > highest) highest = id;
    this.reserve(this.size + count, highest);
    for (let i = 0; i < count; i++) {
      const row = this.place(page.agent[i]!);
      const seen = page.last_seen[i];
      this.state[row] = stateCode(page.state[i]!);
      this.seen[row] = seen ? Date.parse(seen) : 0;
      this.checked[row] = now;
      this.tenant[row] = this.tenants.code(page.tenant[i]!);
      this.site[row] = this.sites.code(page.site[i]!);
      this.os[row] = this.systems.code(page.os[i] ?? "");
      this.tags[row] = this.tagSets.code(page.tags[i] ?? "");
      this.name[row] = page.name[i]!;
      this.host[row] = page.hostname[i] ?? "";
      this.address[row] = page.address[i] ?? "";
    }
    this.textVersion++;
  }

  private place(agent: number): number {
    const known = this.rowOf(agent);
    if (known >= 0) return known;
    const row = this.size++;
    this.id[row] = agent;
    this.rows[agent] = row + 1;
    return row;
  }

  add(one: Newcomer): void {
    this.reserve(this.size + 1, one.agent);
    const isNew = this.rowOf(one.agent) < 0;
    const row = this.place(one.agent);
    this.tenant[row] = this.tenants.code(one.tenant);
    this.site[row] = this.sites.code(one.site);
    this.name[row] = one.name;
    this.host[row] = one.hostname ?? this.host[row] ?? "";
    if (isNew) {
      this.os[row] = this.systems.code("");
      this.tags[row] = this.tagSets.code("");
      this.address[row] = "";
    }
    this.textVersion++;
  }

  tagsOf(row: number): string[] {
    return tagList(this.tagSets.list[this.tags[row]!]!);
  }

  /** Every tag that some agent has, in their order. */
  allTags(): string[] {
    const used = new Set(this.tags.subarray(0, this.size));
    return [...new Set([...used].flatMap((set) => tagList(this.tagSets.list[set]!)))].sort();
  }

  /** These agents have the tag from now on, or have it no more. */
  setTag(agents: Iterable<number>, tag: string, on: boolean): void {
    for (const agent of agents) {
      const row = this.rowOf(agent);
      if (row < 0) continue;
      const others = this.tagsOf(row).filter((one) => one !== tag);
      this.tags[row] = this.tagSets.code((on ? [...others, tag].sort() : others).join(" "));
    }
    this.textVersion++;
  }

  /** null: not in the list. */
  stateOf(agent: number): State | null {
    const row = this.rowOf(agent);
    return row < 0 ? null : stateWords[this.state[row]!]!;
  }

  isHeardWithoutAddress(agent: number): boolean {
    const row = this.rowOf(agent);
    return row >= 0 && this.seen[row]! > 0 && !this.address[row];
  }

  setState(agent: number, word: State, seen?: string): void {
    const row = this.rowOf(agent);
    if (row < 0) return;
    this.state[row] = stateCode(word);
    if (seen) this.seen[row] = Date.parse(seen);
  }

  setName(agent: number, name: string): void {
    const row = this.rowOf(agent);
    if (row < 0) return;
    this.name[row] = name;
    this.textVersion++;
  }

  /** What agents.live said of the rows in view. */
  refresh(reply: AgentsLiveReply): void {
    const now = Date.parse(reply.now);
    reply.agent.forEach((agent, i) => {
      const row = this.rowOf(agent);
      if (row < 0) return;
      const age = reply.age_ms[i];
      this.state[row] = stateCode(reply.state[i]!);
      if (age != null) this.seen[row] = now - age;
      this.checked[row] = now;
    });
  }
}
