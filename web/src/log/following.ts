/**
 * Entries that match a question: the newest of the search, further ones on demand, and what comes live.
 *
 * Nothing is missed between search and stream: the stream is listened to first, then the search is asked until its index
 * is not behind any more. When the stream begins anew (`reset`) the same is done again; each entry has its class and
 * sequence, so that what comes by both ways is one.
 */
import { call } from "../call";
import { Cell } from "../cell";
import { serverNow } from "../clock";
import { link, onEvent, onReset } from "../stream";
import { idOf, type Entry } from "./entry";
import { matches, period, request, type Query } from "./query";
import { fromReply, merge, shorten } from "./rows";

const PAGE_ROWS = 200;
export const ROWS_MOST = 10_000; // older ones: narrow the question
const WAITING_MOST = 1_000; // while paused
const AGAIN_MS = 1_000; // the index looks for new entries that often
const AGAIN_SLOWLY_MS = 10_000; // a log that grows all the time, or an index that is being made
const AGAIN_SOON = 10;

/** What came of a stretch without the stream. */
export interface Cut {
  from: number;
  to: number; // 0: it lasts
  filled: number; // entries found by searching, because the stream could not go on where it was; -1: it could
}

export class Following {
  readonly version = new Cell(0);
  rows: Entry[] = [];
  /** So many rows were put before the first one, all told: who looks further down stays where they are. */
  prepended = 0;
  loaded = false;
  problem = "";
  behind = 0; // entries of the log that the search does not know yet
  paused = false;
  waiting: Entry[] = []; // came while paused
  lag_ms = 0; // age of the newest entry when it came
  cut: Cut | null = null;
  private before?: string;
  private more = false;
  private ended = false;
  private settling = 0;
  private fresh: Entry[] = []; // came since the last frame
  private scheduled = false;
  private offs: (() => void)[] = [];

  constructor(
    readonly query: Query,
    private tenant: string, // that who asks is bound to; "": none
  ) {}

  /** Once, and once end(). */
  start(): void {
    // A period that is over gets no new entries.
    if (period(this.query, serverNow()).to === Infinity) {
      this.offs.push(onEvent((event) => this.take(event.entry)), onReset(() => void this.settle()), link.watch(() => this.linked()));
    }
    void this.settle();
  }

  end(): void {
    this.ended = true;
    for (const off of this.offs) off();
  }

  get hasMore(): boolean {
    return this.before !== undefined && this.rows.length < ROWS_MOST;
  }

  get isCut(): boolean {
    return this.before !== undefined && this.rows.length >= ROWS_MOST;
  }

  pause(on: boolean): void {
    this.paused = on;
    if (!on) this.prepend(this.waiting.splice(0));
    this.tell();
  }

  private tell(): void {
    this.version.set(this.version.value + 1);
  }

  private take(entry: Entry): void {
    if (!matches(this.query, entry, serverNow())) return;
    this.lag_ms = Math.max(0, serverNow() - Date.parse(entry.time));
    this.fresh.push(entry);
    if (this.scheduled) return;
    this.scheduled = true;
    const apply = () => {
      this.scheduled = false;
      this.arrived(this.fresh.splice(0));
    };
    if (document.hidden) setTimeout(apply, 250);
    else requestAnimationFrame(apply);
  }

  private arrived(entries: Entry[]): void {
    if (this.ended) return;
    entries.reverse();
    if (this.paused) this.waiting = merge(entries, this.waiting).slice(0, WAITING_MOST);
    else this.prepend(entries);
    this.tell();
  }

  private prepend(entries: Entry[]): void {
    const before = this.rows.length;
    const merged = merge(this.rows, entries);
    this.prepended += merged.length - before;
    ({ rows: this.rows, before: this.before } = shorten(merged, this.before, ROWS_MOST));
  }

  private linked(): void {
    const now = link.value;
    if (now.state === "lost") this.cut = { from: now.since, to: 0, filled: -1 };
    else if (now.state === "live" && this.cut && !this.cut.to) this.cut = { ...this.cut, to: Date.now() };
    this.tell();
  }

  private async page(before?: string) {
    const asked = request(this.query, serverNow());
    if (this.tenant) asked.tenant = this.tenant;
    return call("log.search", { ...asked, before, limit: PAGE_ROWS, with_entry: true });
  }

  /** Ask for the newest until nothing can stand between them and the stream. */
  private async settle(): Promise<void> {
    const mine = ++this.settling;
    for (let tries = 0; ; tries++) {
      try {
        const reply = await this.page();
        if (this.ended || mine !== this.settling) return;
        this.newest(fromReply(reply), reply.before);
        this.behind = reply.behind;
        this.problem = "";
      } catch (problem) {
        if (this.ended || mine !== this.settling) return;
        this.problem = (problem as Error).message;
        this.behind = 1; // not known
      }
      this.loaded = true;
      this.tell();
      if (!this.behind) return;
      await new Promise((resolve) => setTimeout(resolve, tries < AGAIN_SOON ? AGAIN_MS : AGAIN_SLOWLY_MS));
      if (this.ended || mine !== this.settling) return;
    }
  }

  private newest(page: Entry[], before: string | undefined): void {
    const known = new Set(this.rows.map(idOf));
    const oldest = page[page.length - 1];
    if (!this.loaded || (before && !page.some((entry) => known.has(idOf(entry))))) {
      // More came than a page holds: begin anew with what is no older; whoever scrolls down finds the rest.
      this.rows = merge(page, oldest ? this.rows.filter((row) => row.time >= oldest.time) : this.rows);
      this.before = before;
    } else {
      this.rows = merge(this.rows, page);
    }
    const added = page.filter((entry) => !known.has(idOf(entry))).length;
    if (!this.loaded) return;
    this.prepended += added;
    if (this.cut?.to) this.cut = { ...this.cut, filled: Math.max(0, this.cut.filled) + added };
  }

  /** The next older ones. */
  async older(): Promise<void> {
    if (this.more || !this.hasMore) return;
    this.more = true;
    try {
      const asked = this.before;
      const reply = await this.page(asked);
      if (!this.ended && asked === this.before) {
        this.rows = merge(this.rows, fromReply(reply));
        this.before = reply.before;
      }
      this.problem = "";
    } catch (problem) {
      this.problem = (problem as Error).message;
    }
    this.more = false;
    this.tell();
  }
}
