/** What in a document deserves a second look. Pure. */
import { pieces } from "../parts/plain";
import { isRestore, isTask, type Document } from "./document";

function unseen(value: unknown): boolean {
  if (typeof value === "string") return pieces(value).length > 1;
  return value !== null && typeof value === "object" && Object.values(value).some(unseen);
}

export function warnings({ head }: Document): string[] {
  const list: string[] = [];
  if (unseen(head)) list.push("It holds characters that are not seen, or that turn text around. They are framed below.");
  if (isTask(head) && head.user === "root") list.push("It runs as root: it may do anything there.");
  if (isRestore(head) && head.into === "/") list.push(`Files come to stand in their own places there, by the rights of ${head.user}.`);
  if (isRestore(head) && head.source) list.push("It brings files of one machine onto another.");
  if (Date.parse(head.expires) < Date.now()) list.push("It has expired already: no agent will do it.");
  return list;
}
