/** The owner's targets as a machine told them, and who could delete there. A machine is not trusted to keep the shape. Pure. */
import { moment } from "../clock";

export interface OwnTarget {
  kind: string; // directory, sftp, s3
  tried_at: string; // "": never
  deletes: "no" | "hide" | "yes"; // whoever takes over the machine; where it was tried
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

export function readTargets(said: Record<string, unknown> | null | undefined): Map<string, OwnTarget> {
  const found = new Map<string, OwnTarget>();
  for (const [name, value] of Object.entries(said ?? {})) {
    const one = (value ?? {}) as Record<string, unknown>;
    const may = [text(one.remove), text(one.replace)];
    const tried = text(one.tried_at);
    const safe = one.write_once === true && may.every((word) => word === "no");
    found.set(name, { kind: text(one.kind), tried_at: Number.isNaN(Date.parse(tried)) ? "" : tried, deletes: safe ? "no" : may.includes("yes") ? "yes" : "hide" });
  }
  return found;
}

export interface Judgement {
  grave: boolean;
  words: string;
}

/** Who could delete a machine's backups there, plainly. undefined: the machine told of no such target. */
export function judge(name: string, target: OwnTarget | undefined): Judgement {
  if (!target) return { grave: true, words: `The machine has told of no target ${name}: who could delete there is not known.` };
  if (target.kind === "directory")
    return { grave: true, words: `Whoever takes over the machine can delete its backups at ${name}: it is a directory there, and root may do anything in it.` };
  if (!target.tried_at)
    return {
      grave: true,
      words: `Nobody has tried whether whoever takes over the machine could delete its backups at ${name}. On it, as root: vedette backup target check ${name}`,
    };
  const when = moment(target.tried_at);
  if (target.deletes === "no")
    return { grave: false, words: `Whoever takes over the machine can neither delete nor replace its backups at ${name}: tried ${when}.` };
  if (target.deletes === "yes") return { grave: true, words: `Whoever takes over the machine can delete or replace its backups at ${name}: tried ${when}.` };
  return { grave: true, words: `Whoever takes over the machine can hide its backups at ${name} behind newer versions, and not delete them: tried ${when}.` };
}
