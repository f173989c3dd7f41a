/**
 * Search as you type: one lower-case text of the whole fleet, a line for each row. A word is looked up with indexOf, which
 * runs at memory speed, and the line it stands in is the row.
 */
import type { Fleet } from "./fleet";

export class Search {
  private text = "";
  private ends = new Uint32Array(0); // where each row's line ends
  private version = -1;

  constructor(private fleet: Fleet) {}

  private index(): void {
    const { fleet } = this;
    if (this.version === fleet.textVersion) return;
    const lines = new Array<string>(fleet.size);
    this.ends = new Uint32Array(fleet.size);
    let length = 0;
    for (let row = 0; row < fleet.size; row++) {
      const tenant = fleet.tenants.list[fleet.tenant[row]!];
      const site = fleet.sites.list[fleet.site[row]!];
      const os = fleet.systems.list[fleet.os[row]!];
      const tags = fleet.tagSets.list[fleet.tags[row]!];
      const line = `#${fleet.id[row]}\t${fleet.name[row]}\t${fleet.host[row]}\t${fleet.address[row]}\t${tenant}\t${site}\t${os}\t${tags}`;
      lines[row] = line;
      this.ends[row] = length += line.length + 1;
    }
    this.text = lines.join("\n").toLowerCase();
    // A letter whose small form is longer would move every line behind it: leave such letters as they are.
    if (this.text.length !== Math.max(0, length - 1)) this.text = lines.join("\n").replace(/[A-Z]/g, (c) => c.toLowerCase());
    this.version = fleet.textVersion;
  }

  /** Rows that hold every word of the query, as 1 in an array of all rows; null if there is nothing to look for. */
  find(query: string): Uint8Array | null {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    this.index();
    let hits = this.findWord(words[0]!);
    for (const word of words.slice(1)) {
      const others = this.findWord(word);
      hits = hits.map((hit, row) => hit & others[row]!);
    }
    return hits;
  }

  private findWord(word: string): Uint8Array {
    const hits = new Uint8Array(this.fleet.size);
    let row = 0;
    for (let at = this.text.indexOf(word); at >= 0; at = this.text.indexOf(word, this.ends[row - 1]!)) {
      while (this.ends[row]! <= at) row++;
      hits[row++] = 1;
      if (row >= hits.length) break;
    }
    return hits;
  }
}
