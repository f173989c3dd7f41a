/** A restore while it is put together, and the document that becomes of it. Pure. */
import type { BackupShowReply, DocumentRestore } from "contract";

import { emptyForm, formOf, headOf, lines, missing, type Form, type Given } from "../form";

/** The backup that files are brought back of, as its commit says. */
export type Source = Pick<BackupShowReply, "backup" | "agent" | "name" | "backup_class" | "slot" | "files" | "content_bytes" | "unread_files" | "unsteady_files" | "anchor"> & {
  commit_sha256: string;
};

export interface RestoreForm extends Form {
  of: number; // the agent whose backup it is
  backup: string;
  commit_sha256: string;
  target: string;
  what: "all" | "paths";
  paths: string; // a line each
  place: "there" | "elsewhere";
  into: string; // of elsewhere
  user: string;
  consent: DocumentRestore["consent"];
}

export const PATHS_MOST = 256; // documents.def
const PATH_BYTES = 4_096;

export function emptyRestore(): RestoreForm {
  return {
    ...emptyForm,
    days: "2", // in which it should have reached its machine
    of: 0,
    backup: "",
    commit_sha256: "",
    target: "",
    what: "all",
    paths: "",
    place: "elsewhere",
    into: "",
    user: "root",
    consent: "none",
  };
}

/** The restore of a backup to the machine that made it; of these paths, or all. */
export function restoreOf(of: Source, target: string, paths: string[]): RestoreForm {
  return {
    ...emptyRestore(),
    title: `Files of ${of.name}, ${of.slot}`,
    agents: [of.agent],
    of: of.agent,
    backup: of.backup,
    commit_sha256: of.commit_sha256,
    target,
    what: paths.length ? "paths" : "all",
    paths: paths.join("\n"),
    into: `/var/restored/${of.slot}`,
  };
}

/** A path is written whole and in one form: lib/signed/planned.c. */
export function isPath(path: string): boolean {
  return path === "/" || (path.startsWith("/") && path.slice(1).split("/").every((part) => part && part !== "." && part !== ".."));
}

/** What is wrong with a line of paths, in words; "": nothing. */
export function pathProblem(path: string): string {
  if (!isPath(path)) return `“${path}” is no path: it is written whole and in one form, as /srv/data.`;
  return new TextEncoder().encode(path).length > PATH_BYTES ? "A path is longer than 4,096 bytes." : "";
}

/** Blanks at its ends belong to a name. */
export const pathsOf = (form: RestoreForm) => (form.what === "paths" ? lines(form.paths) : []);
const into = (form: RestoreForm) => (form.place === "there" ? "/" : form.into.trim());

export function restoreDocument(form: RestoreForm, given: Given): DocumentRestore {
  const paths = pathsOf(form);
  const whole = headOf("restore", form, given);
  const { fingerprint, agent, name } = given.keys.get(form.of)!;
  return {
    ...whole,
    targets: whole.targets!,
    ...(form.of !== form.agents[0] && { source: { fingerprint, agent, name } }),
    target: form.target,
    backup: form.backup,
    commit_sha256: form.commit_sha256,
    ...(paths.length > 0 && { paths }),
    into: into(form),
    user: form.user.trim(),
    consent: form.consent,
  };
}

export function restoreForm(restore: DocumentRestore): RestoreForm {
  return {
    ...emptyRestore(),
    ...formOf(restore),
    of: restore.source?.agent ?? restore.targets[0]?.agent ?? 0,
    backup: restore.backup,
    commit_sha256: restore.commit_sha256 ?? "",
    target: restore.target,
    what: restore.paths?.length ? "paths" : "all",
    paths: restore.paths?.join("\n") ?? "",
    place: restore.into === "/" ? "there" : "elsewhere",
    into: restore.into === "/" ? "" : restore.into,
    user: restore.user,
    consent: restore.consent,
  };
}

export function restoreLacks(form: RestoreForm): string {
  const paths = pathsOf(form);
  if (!form.backup) return "It does not say which backup.";
  if (!form.commit_sha256) return "Nothing is known of this backup’s commit, so its keys could not be asked for.";
  if (!form.target) return "It does not say where the backup is.";
  if (form.what === "paths" && !paths.length) return "It says no path.";
  if (paths.length > PATHS_MOST) return `More than ${PATHS_MOST} paths: name the folders that they are in.`;
  const wrong = paths.map(pathProblem).find(Boolean) ?? "";
  if (wrong) return wrong;
  if (form.place === "elsewhere" && !form.into.trim()) return "It does not say into which folder.";
  if (form.place === "elsewhere") {
    const problem = pathProblem(form.into.trim());
    if (problem) return problem;
  }
  return missing(form);
}
