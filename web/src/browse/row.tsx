/** What lists of names have in common. */
import { size } from "../size";
import type { Version } from "./ask";

const WORDS: Record<string, string> = { l: "link", p: "pipe", s: "socket", c: "character device", b: "block device" };

/** "" of files and folders, which need no word. */
export const typeWords = (type: string) => WORDS[type] ?? "";

export function Size({ of }: { of: Version }) {
  return <>{of.type === "f" ? size(of.size) : "–"}</>;
}

export function Modified({ of }: { of: Version }) {
  return <time dateTime={of.modified}>{new Date(of.modified).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}</time>;
}
