/** What the backups of a machine say of it: how much there is, how much of it changes, how much of it is stored. Pure. */
import type { BackupListReply } from "contract";

import type { RowOf } from "../columns";

export type Backup = RowOf<BackupListReply>;

export interface Figures {
  newest: Backup | null; // of those that are done
  size_bytes: number | null;
  changed: number | null; // share of files, against the one before
  stored: number | null; // bytes of files for each byte that was stored
  proven_at: string | null; // the last that was brought back and compared
}

export function figures(list: Backup[]): Figures {
  const done = list.filter((one) => one.backup_state === "done");
  const newest = done[0] ?? null;
  const sum = (of: (one: Backup) => number | null) => done.reduce((all, one) => all + (of(one) ?? 0), 0);
  const stored = sum((one) => one.new_bytes);
  const proofs = list.map((one) => one.proven_at ?? "").sort();
  return {
    newest,
    size_bytes: newest?.content_bytes ?? null,
    changed: newest?.files && done.length > 1 ? (newest.changed_files ?? 0) / newest.files : null,
    stored: stored ? sum((one) => one.content_bytes) / stored : null,
    proven_at: proofs[proofs.length - 1] || null,
  };
}
