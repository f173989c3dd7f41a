/** Documents that wait for signatures: how many of them for whoever is logged in, by the name that the trust file gives. */
import type { DocumentListReply } from "contract";

import { call } from "../call";
import { Cell } from "../cell";
import { rowsOf, type RowOf } from "../columns";
import { session } from "../session";
import { onEvent, onReset } from "../stream";

export type Draft = RowOf<DocumentListReply>;

export const drafts = new Cell<Draft[] | null>(null);
export const waitingForMe = new Cell(0);

const SOON_MS = 200; // signatures come in bursts

/** Names in a list of people, as the contract writes them. */
export function people(list: string): string[] {
  return list.split(", ").filter(Boolean);
}

export function isForMe(one: Pick<Draft, "may_sign">): boolean {
  return people(one.may_sign).includes(session.value?.user ?? "");
}

export async function loadDrafts(): Promise<void> {
  const found = rowsOf(await call("document.list", { document_state: "draft" }), "document");
  drafts.set(found);
  waitingForMe.set(found.filter(isForMe).length);
}

export function followDrafts(): () => void {
  let timer = 0;
  const ask = () => void loadDrafts().catch(() => {}); // the tasks page says why
  const soon = () => {
    if (!timer) timer = setTimeout(() => ((timer = 0), ask()), SOON_MS);
  };
  const offEvent = onEvent((event) => event.type.startsWith("document.") && soon());
  const offReset = onReset(soon);
  ask();
  return () => {
    clearTimeout(timer);
    offEvent();
    offReset();
    drafts.set(null);
    waitingForMe.set(0);
  };
}
