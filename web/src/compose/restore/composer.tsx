/** Restores. */
import type { DocumentRestore } from "contract";

import { call } from "../../call";
import { rowsOf } from "../../columns";
import type { Head } from "../../document/document";
import { Life } from "../life";
import type { Composer } from "../composer";
import { refusalsOfRestore } from "../permits";
import { emptyRestore, restoreDocument, restoreForm, restoreLacks, restoreOf, type RestoreForm, type Source } from "./form";
import { Place } from "./place";
import { What } from "./what";

/** What is known of a backup, and by which name its plan calls the target. */
async function sourceOf(backup: string, agent: number): Promise<{ source: Source; target: string }> {
  const shown = await call("backup.show", { backup, agent });
  if (!shown.commit_sha256) throw new Error("Of this backup the server has no commit: it is not done, or is forgotten here.");
  const plans = rowsOf(await call("plan.list", { agent }), "agent");
  const target = (plans.find((one) => one.document === shown.document) ?? plans[0])?.backup_target ?? "";
  return { source: { ...shown, commit_sha256: shown.commit_sha256 }, target };
}

/** Whether the trust file names a service that gives keys: without one a machine cannot be given any. */
export function namesKeyService(trust: Head): boolean {
  const services = (trust as { services?: { service: string }[] }).services ?? [];
  return services.some((one) => one.service === "keyserver");
}

/** `?backup=ID&of=AGENT`, and paths that somebody chose where names can be read: `&path=/home/anna`, again and again. */
export async function restoreComposer(words: URLSearchParams, keyService: boolean): Promise<Composer<RestoreForm, DocumentRestore>> {
  const backup = words.get("backup") ?? "";
  const begun = backup ? await sourceOf(backup, Number(words.get("of"))) : null;
  return {
    kind: "restore",
    name: "restore",
    one: true,
    empty: () => (begun ? restoreOf(begun.source, begun.target, words.getAll("path")) : emptyRestore()),
    again: restoreForm,
    make: restoreDocument,
    lacks: restoreLacks,
    also: (form) => [form.of],
    refusals: refusalsOfRestore,
    Fields: ({ where, told, form, change, problem }) => (
      <>
        {!keyService && <NoKeyService />}
        <What form={form} change={change} problem={problem} source={begun?.source ?? null} />
        {where}
        <Place form={form} change={change} problem={problem} told={told} />
        <fieldset class="panel compose">
          <legend>When</legend>
          <div class="pair">
            <Life form={form} change={change} problem={problem} />
          </div>
        </fieldset>
      </>
    ),
  };
}

function NoKeyService() {
  return (
    <div class="note" role="status">
      <p>
        <b>The trust file names no restore key service</b>, so no machine can be given the keys, and a restore that is signed here fails. Its owner sets
        one up on another machine: docs/restore-key-service.md. With the recovery key files are brought back without this server:{" "}
        <code>vedette restore --key recovery.pem TARGET</code>, or <code>vedette backup browse</code>.
      </p>
    </div>
  );
}
