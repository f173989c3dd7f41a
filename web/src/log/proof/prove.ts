/**
 * "Prove it": that an entry stands in the log, as shown, checked here and not by the server. Each step says what it found;
 * a step that could not be taken is not a proof of anything. Pure but for WebCrypto and the source.
 */
import { toHex, type Bytes } from "../../bytes";
import { readCheckpoint, readKey, verdict, type Checkpoint, type PublicKey } from "./note";
import { receipt } from "./receipt";
import type { Seen } from "./seen";
import { Missing, Tiles, type Source } from "./tiles";
import { consistencyHolds, inclusionHolds, leafHash, same } from "./tree";

/** unsure: it could not be checked. none: there was nothing to check. */
export type Outcome = "good" | "bad" | "unsure" | "none";

export interface Step {
  name: string;
  outcome: Outcome;
  words: string;
}

export interface Asked {
  log: string; // class
  index: number;
  shown: Bytes; // the entry as the portal showed it
  sealed?: boolean; // but for its personal fields, which are sealed there
  bundles: boolean; // whether who asks may read bundles
  witnesses: string[] | null; // their public keys; null: who asks may not know them
  quorum: number;
  seen: Seen | null;
}

export interface Proof {
  outcome: "good" | "bad" | "unsure";
  verdict: string;
  limits: string[]; // what was not proven
  steps: Step[];
  key?: PublicKey;
  receipt?: string;
  /** Two signed checkpoints that do not go together, or keys: who holds both can show it to anybody. */
  fork?: { seen: Seen; now: Seen };
  /** To be remembered. */
  keep?: Seen;
}

const GROWING_MS = 250; // between looks at a log that is about to have the entry
const GROWING_TRIES = 20;

const count = (n: number, what: string) => `${n.toLocaleString("en")} ${n === 1 ? what : what.replace(/y$/, "ie") + "s"}`;

export async function prove(source: Source, asked: Asked, tell: (step: Step) => void): Promise<Proof> {
  const proving = new Proving(source, asked, tell);
  try {
    await proving.all();
  } catch (problem) {
    proving.say("Fetching", "unsure", `${(problem as Error).message}.`);
  }
  return proving.result();
}

class Proving {
  private steps: Step[] = [];
  private tiles: Tiles;
  private vkey = "";
  private key?: PublicKey;
  private newest?: Checkpoint;
  private tree?: Checkpoint; // that the entry is proven to be in: one that witnesses cosigned, if it has the entry
  private proof?: Bytes[];
  private cosigned = 0;
  private fork = false;
  private agrees = false; // the newest tree, with what this browser saw before

  constructor(
    private source: Source,
    private asked: Asked,
    private tell: (step: Step) => void,
  ) {
    this.tiles = new Tiles(source);
  }

  say(name: string, outcome: Outcome, words: string): void {
    const step = { name, outcome, words };
    this.steps.push(step);
    this.tell(step);
  }

  async all(): Promise<void> {
    await this.readHeads();
    await this.checkKey();
    const leaf = await this.checkEntry();
    await this.checkSignature();
    if (leaf) await this.checkInclusion(leaf);
    await this.checkWitnesses();
    await this.checkGrowth();
    await this.checkMemory();
  }

  private async file(name: string): Promise<string> {
    const text = await this.source.text(name);
    if (text === null) throw new Missing(name);
    return text;
  }

  private async readHeads(): Promise<void> {
    const { log, index, witnesses } = this.asked;
    this.vkey = (await this.file("vkey")).trim();
    this.key = await readKey(this.vkey);
    for (let tries = 0; !this.newest; tries++) {
      const found = readCheckpoint(await this.file("checkpoint"));
      if (found.size > index) this.newest = found;
      else if (tries === GROWING_TRIES) throw new Error(`the signed tree has ${count(found.size, "entry")}: not yet entry ${index} of ${log}`);
      else await new Promise((resolve) => setTimeout(resolve, GROWING_MS));
    }
    const cosigned = witnesses?.length ? await this.source.text("checkpoint.cosigned") : null;
    const older = cosigned === null ? null : readCheckpoint(cosigned);
    this.tree = older && older.size > index && older.size <= this.newest.size ? older : this.newest;
  }

  private async checkKey(): Promise<void> {
    const { seen, log } = this.asked;
    const { name, id } = this.key!;
    if (seen && seen.vkey !== this.vkey) {
      this.fork = true;
      this.say("Key", "bad", `The log's key is ${this.vkey}, another one than this browser was shown before: ${seen.vkey}.`);
    } else {
      const before = seen ? ", the one this browser has always been shown" : ", shown to this browser for the first time";
      this.say("Key", "good", `Class ${log} is signed by ${name} with the key ${id}${before}.`);
    }
  }

  /** The leaf's hash; null: the bytes are not to be had, or not those that were shown. */
  private async checkEntry(): Promise<Bytes | null> {
    const { shown, bundles, index, log } = this.asked;
    let entry = shown;
    if (bundles) {
      const stored = await this.tiles.entry(index, this.tree!.size).catch((problem: unknown) => {
        if (problem instanceof Missing) return null;
        throw problem;
      });
      if (!stored) this.say("Bundle", "none", "The log's bundle with this entry is gone. What is shown is checked by its hash.");
      else if (!same(stored, shown)) this.say("Bundle", "bad", `In the log's bundle stand other bytes (${stored.length}) than are shown here (${shown.length}).`);
      else this.say("Bundle", "good", "In the log's bundle stand exactly the bytes that are shown here.");
      entry = stored ?? shown;
    }
    const leaf = await leafHash(entry);
    this.say("Entry", "good", `${log}-${index}, ${count(entry.length, "byte")}: SHA-256(00 ‖ entry) = ${toHex(leaf)}`);
    return leaf;
  }

  private async signatureOf(checkpoint: Checkpoint): Promise<Step> {
    const { name, id } = this.key!;
    const head = `tree of ${count(checkpoint.size, "entry")}, root ${toHex(checkpoint.root).slice(0, 16)}…`;
    const step = (outcome: Outcome, words: string): Step => ({ name: "Signature", outcome, words: `${words}: ${head}` });
    if (checkpoint.origin !== name) return step("bad", `The checkpoint is of ${checkpoint.origin}, not of this log`);
    const found = await verdict(checkpoint.note, this.key!);
    if (found.is === "signed") return step("good", `Ed25519 of key ${id} holds`);
    if (found.is === "unknown") return step("unsure", "This browser can't check signatures");
    return step("bad", found.is === "forged" ? `The signature of key ${id} does not hold` : `Key ${id} has not signed it`);
  }

  private async checkSignature(): Promise<void> {
    for (const checkpoint of new Set([this.tree!, this.newest!])) {
      const { name, outcome, words } = await this.signatureOf(checkpoint);
      this.say(name, outcome, words);
    }
  }

  private async checkInclusion(leaf: Bytes): Promise<void> {
    const { index } = this.asked;
    const { size, root } = this.tree!;
    this.proof = await this.tiles.inclusion(index, size);
    const holds = await inclusionHolds(this.proof, index, size, leaf, root);
    const way = `${count(this.proof.length, "hash").replace("hashs", "hashes")}`;
    if (holds) this.say("Inclusion", "good", `From the entry, ${way} lead to the signed root.`);
    else this.say("Inclusion", "bad", `From the entry, ${way} do not lead to the signed root: these bytes are not entry ${index} of that tree.`);
    if (!holds) this.proof = undefined;
  }

  private async checkWitnesses(): Promise<void> {
    const { witnesses, quorum } = this.asked;
    if (!witnesses) return this.say("Witnesses", "none", "Who they are is told to auditors: cosignatures were not checked.");
    const words = [];
    for (const text of witnesses) {
      const witness = await readKey(text);
      const found = await verdict(this.tree!.note, witness);
      if (found.is === "forged") return this.say("Witnesses", "bad", `The cosignature of ${witness.name} does not hold.`);
      if (found.is !== "signed" || !found.time) continue;
      this.cosigned++;
      words.push(`${witness.name} at ${found.time.toISOString().slice(0, 19)}Z`);
    }
    if (words.length) this.say("Witnesses", "good", `Cosigned by ${words.join(", ")}.`);
    else if (quorum) this.say("Witnesses", "unsure", `No witness has cosigned a tree with this entry yet; ${quorum} are demanded.`);
    else this.say("Witnesses", "none", "No witness has cosigned this tree, and none is demanded (quorum 0).");
  }

  /** Does `later` begin with all of `earlier`? "broken": the tiles do not fit `later`, and say nothing. */
  private async grewFrom(earlier: Checkpoint, later: Checkpoint): Promise<"holds" | "rewritten" | "broken"> {
    if (earlier.size === 0) return "holds";
    const ours = await this.tiles.root(earlier.size, later.size);
    const proof = await this.tiles.consistency(earlier.size, later.size);
    if (!(await consistencyHolds(proof, earlier.size, ours, later.size, later.root))) return "broken";
    return same(ours, earlier.root) ? "holds" : "rewritten";
  }

  private async checkGrowth(): Promise<void> {
    const [tree, newest] = [this.tree!, this.newest!];
    if (tree === newest) return;
    const found = await this.grewFrom(tree, newest);
    const grown = `the newest tree of ${count(newest.size, "entry")}`;
    if (found === "holds") this.say("Growth", "good", `Up to ${grown} the log has only grown.`);
    else this.say("Growth", "bad", `The cosigned tree and ${grown} do not go together.`);
  }

  private async checkMemory(): Promise<void> {
    const { seen } = this.asked;
    const newest = this.newest!;
    if (!seen) {
      this.agrees = true;
      const from = this.signed() ? "from now on it does" : "it keeps none whose signature it can't check";
      return this.say("Memory", "none", `This browser holds no earlier checkpoint of this log; ${from}.`);
    }
    const before = readCheckpoint(seen.checkpoint);
    const when = `${count(before.size, "entry")} at ${seen.at.slice(0, 19)}Z`;
    const [small, great] = before.size <= newest.size ? [before, newest] : [newest, before];
    if (great === before && before.size !== newest.size) {
      this.fork = true;
      return this.say("Memory", "bad", `This browser saw a tree of ${when}; the log now has ${newest.size}. It was set back.`);
    }
    const found = await this.grewFrom(small, great);
    this.agrees = found === "holds";
    if (this.agrees) return this.say("Memory", "good", `What this browser saw, ${when}, is still there, unchanged and in its place.`);
    this.fork ||= found === "rewritten";
    const rewritten = `This browser saw another tree of ${when}. The log was rewritten, or two are shown.`;
    this.say("Memory", "bad", found === "rewritten" ? rewritten : "The log's hashes do not lead to its own signed root.");
  }

  result(): Proof {
    const { steps, key, asked } = this;
    const is = (outcome: Outcome) => steps.some((step) => step.outcome === outcome);
    const outcome = is("bad") ? "bad" : is("unsure") || !this.proof ? "unsure" : "good";
    const result: Proof = { outcome, verdict: this.verdictWords(outcome), limits: outcome === "good" || this.proof ? this.limits() : [], steps, key };
    if (!this.newest) return result;
    const now = { vkey: this.vkey, checkpoint: this.newest.note.whole, at: new Date().toISOString() };
    if (this.fork && asked.seen) return { ...result, fork: { seen: asked.seen, now } };
    if (!this.proof || outcome === "bad") return result;
    // A newer checkpoint takes the place of the remembered one only if it is signed, and goes together with it: anybody could
    // have made one that is not, and it would be held against the log ever after.
    return { ...result, keep: this.agrees && this.signed() ? now : undefined, receipt: receipt(asked.index, this.proof, this.tree!.note.whole) };
  }

  private signed(): boolean {
    return this.steps.every((step) => step.name !== "Signature" || step.outcome === "good");
  }

  private verdictWords(outcome: "good" | "bad" | "unsure"): string {
    const { log, index } = this.asked;
    if (this.fork) return "FORK: this is not the log that this browser saw before.";
    if (outcome === "bad") return `Not proven: ${this.steps.find((step) => step.outcome === "bad")!.words}`;
    if (!this.proof) return "Not proven: what it takes could not be fetched.";
    const size = count(this.tree!.size, "entry");
    const as = this.asked.sealed ? "as shown but for its personal fields" : "exactly as shown";
    if (this.signed()) return `Proven: this is entry ${index} of ${log}, ${as}, in the tree of ${size} that ${this.key!.name} signed.`;
    return `Partly proven: this is entry ${index} of ${log} in a tree of ${size}; who signed that tree was not checked.`;
  }

  private limits(): string[] {
    const { quorum, seen, witnesses } = this.asked;
    const demanded = quorum ? `${this.cosigned} of ${quorum} witnesses have cosigned` : "no witness is demanded (quorum 0)";
    const limits = [];
    if (this.asked.sealed) limits.push("Not how its personal fields read: they are sealed in the log, and only the server can open them.");
    if (this.steps.some((step) => step.name === "Signature" && step.outcome === "unsure"))
      limits.push("This browser can't check signatures (Ed25519 in WebCrypto): whether the log's key signed the tree is open.");
    if (this.cosigned < Math.max(1, quorum))
      limits.push(
        `Not that everybody is shown this log: ${witnesses ? demanded : "witnesses were not checked"}, so that another ` +
          `history is only detectable by who holds two checkpoints.${this.signed() ? " This browser holds one." : ""}`,
      );
    if (seen && !this.agrees) limits.push("Not that this is the log which this browser saw before: that could not be checked.");
    // The whole key: of its id's 32 bits anybody finds another key within a day.
    if (!seen) limits.push(`Not whose key it is: it came from the same server. Compare all of it with what you were told another way: ${this.vkey}`);
    return limits;
  }
}
