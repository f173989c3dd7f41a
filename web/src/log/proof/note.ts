/** Signed notes (c2sp.org/signed-note), the checkpoints that they hold, and the keys that sign them. */
import { fromBase64, sha256, toHex, type Bytes } from "../../bytes";

const ED25519 = 1; // signs a note's text
const COSIGNATURE = 4; // a witness's, with a time (c2sp.org/tlog-cosignature)

const encoder = new TextEncoder();

export interface PublicKey {
  name: string;
  id: string; // eight hexadecimal digits
  algorithm: number;
  key: Bytes;
}

export interface Signature {
  name: string;
  id: string;
  signature: Bytes;
}

export interface Note {
  whole: string;
  text: string; // what is signed, with its last line end
  signatures: Signature[];
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
  note: Note;
}

function bad(what: string): never {
  throw new Error(what);
}

/** `name+id+base64(algorithm ‖ key)`, as Go's sumdb/note writes it. The id is computed, not believed. */
export async function readKey(text: string): Promise<PublicKey> {
  const [, name, id, coded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)\n?$/.exec(text) ?? bad("this is no public key of a log");
  const packed = fromBase64(coded!);
  const key = packed.slice(1);
  if (key.length !== 32) bad("the public key has the wrong length");
  const hash = await sha256(new Uint8Array([...encoder.encode(`${name}\n`), ...packed]));
  if (toHex(hash).slice(0, 8) !== id) bad("the public key's id is not its own");
  return { name: name!, id: id!, algorithm: packed[0]!, key };
}

function readSignature(line: string): Signature {
  const [, name, coded] = /^— (\S+) (\S+)$/.exec(line) ?? bad("a signature line of the note is none");
  const bytes = fromBase64(coded!);
  if (bytes.length < 5) bad("a signature of the note is too short");
  return { name: name!, id: toHex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}

export function readNote(whole: string): Note {
  const end = whole.lastIndexOf("\n\n");
  if (end < 0 || !whole.endsWith("\n")) bad("this is no signed note");
  const lines = whole.slice(end + 2, -1).split("\n");
  return { whole, text: whole.slice(0, end + 1), signatures: lines.map(readSignature) };
}

export function readCheckpoint(whole: string): Checkpoint {
  const note = readNote(whole);
  const [origin, digits, coded] = note.text.split("\n");
  if (!origin || !/^(0|[1-9][0-9]*)$/.test(digits ?? "") || !coded) bad("this is no checkpoint");
  const size = Number(digits);
  const root = fromBase64(coded);
  if (!Number.isSafeInteger(size) || root.length !== 32) bad("this is no checkpoint");
  return { origin, size, root, note };
}

/** unsigned: no line is of this key. unknown: this browser cannot check such signatures. */
export type Verdict = { is: "signed"; time?: Date } | { is: "unsigned" | "forged" | "unknown" };

async function imported(key: Bytes): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch {
    return null; // Chromium has it since 137, Firefox since 129, Safari since 17
  }
}

/** Did this key sign the note? A line that claims so and does not hold makes the whole note worthless. */
export async function verdict(note: Note, key: PublicKey): Promise<Verdict> {
  const own = note.signatures.filter((one) => one.name === key.name && one.id === key.id);
  if (!own.length) return { is: "unsigned" };
  const verifier = await imported(key.key);
  if (!verifier) return { is: "unknown" };
  let time: number | undefined;
  for (const { signature } of own) {
    let [text, bare] = [note.text, signature];
    if (key.algorithm === COSIGNATURE) {
      if (signature.length !== 72) return { is: "forged" };
      const seconds = Number(new DataView(signature.buffer).getBigUint64(0));
      text = `cosignature/v1\ntime ${seconds}\n${text}`;
      bare = signature.slice(8);
      time = Math.max(time ?? 0, seconds);
    } else if (key.algorithm !== ED25519) {
      return { is: "unknown" };
    }
    if (!(await crypto.subtle.verify("Ed25519", verifier, bare, encoder.encode(text)))) return { is: "forged" };
  }
  return { is: "signed", time: time === undefined ? undefined : new Date(time * 1000) };
}
