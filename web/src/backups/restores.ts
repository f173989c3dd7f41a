/** Restores as the server knows them: asked for once, then as the stream and events tell. */
import type { RestoreListReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { heardClock } from "../clock";
import { rowsOf, type RowOf } from "../columns";
import { useEvents, useLoaded } from "../parts/loaded";
import { onRestoring } from "../stream";
import { concernsTasks } from "../tasks/concerns";
import { ENDED } from "../tasks/doing";

export type Restore = RowOf<RestoreListReply>;

const LISTED = 200;
const REFRESH_MS = 10_000; // should the stream be away; and states that no event tells

export const isOpen = (one: Restore) => one.document_state === "signed" || (!!one.run_state && !ENDED.has(one.run_state)) || (one.document_state === "logged" && !one.run_state);

function read(reply: RestoreListReply): Restore[] {
  heardClock(reply.now);
  return rowsOf(reply, "document");
}

/** What the stream tells of those that are under way takes the place of what was known. */
function merge(list: Restore[], told: Restore[]): Restore[] {
  const newer = new Map(told.map((one) => [`${one.document}/${one.document_version}`, one]));
  return list.map((one) => newer.get(`${one.document}/${one.document_version}`) ?? one);
}

export function useRestores(of: { agent?: number; document?: string }): { list: Restore[] | null; problem: Error | null } {
  const [list, setList] = useState<Restore[] | null>(null);
  const { problem, again } = useLoaded(async () => setList(read(await call("restore.list", { ...of, limit: LISTED }))), [of.agent, of.document]);
  const open = !!list?.some(isOpen);
  useEffect(
    () =>
      onRestoring((told) => {
        if (told.document?.length) setList((last) => last && merge(last, read(told as RestoreListReply)));
        else void again(); // the last of them has ended, or there are too many to be told
      }),
    [again],
  );
  useEvents(concernsTasks, () => void again(), [again]);
  useEffect(() => {
    const timer = open ? setInterval(() => document.hidden || void again(), REFRESH_MS) : 0;
    return () => clearInterval(timer);
  }, [open, again]);
  return { list, problem };
}
