/** What is brought back: all of a backup, or what stands at some paths. Names are sealed: this page cannot show them, and says who can. */
import { CLASSES } from "../../backups/classes";
import { dayWords } from "../../backups/fate";
import { CopyText } from "../../parts/copy";
import { Choice, Field } from "../../parts/form";
import { Plain } from "../../parts/plain";
import { size } from "../../size";
import { Editor } from "../editor";
import type { Part } from "../form";
import { pathProblem, pathsOf, PATHS_MOST, type RestoreForm, type Source } from "./form";

const PATHS_BYTES = 262_144; // what a document may have
const NUMBER = new Intl.NumberFormat("en");

export function What({ form, change, problem, source }: Part<RestoreForm> & { source: Source | null }) {
  const paths = pathsOf(form);
  const wrong = paths.map(pathProblem).find(Boolean);
  return (
    <fieldset class="panel compose">
      <legend>What is brought back</legend>
      {source && <Which of={source} />}
      <Field label="Title" field="title" value={form.title} change={(title) => change({ title })} problem={problem} maxLength={200} required />
      <Choice
        label="Files"
        value={form.what}
        change={(what) => change({ what: what as RestoreForm["what"] })}
        options={[
          ["all", "all of the backup"],
          ["paths", "what stands at some paths, folders with all that is in them"],
        ]}
      />
      {form.what === "paths" && (
        <>
          <Editor
            label="Files and folders, a whole path a line"
            field="paths"
            value={form.paths}
            change={(text) => change({ paths: text })}
            lines={5}
            maxLength={PATHS_BYTES}
            problem={problem}
            hint={`${paths.length} of at most ${PATHS_MOST}. They stand in the document: whoever sees that sees them, this server too.`}
          />
          {wrong && (
            <p class="note" role="status">
              <Plain text={wrong} />
            </p>
          )}
        </>
      )}
      <Browse agent={form.of} />
    </fieldset>
  );
}

function Which({ of }: { of: Source }) {
  const parts = [
    CLASSES[of.backup_class].title.toLowerCase(),
    of.files !== undefined && `${NUMBER.format(of.files)} entries`,
    of.content_bytes !== undefined && size(of.content_bytes),
    of.anchor && "an anchor",
  ];
  return (
    <>
      <p>
        The backup of{" "}
        <a href={`#/backups/${of.agent}`}>
          <Plain text={of.name} />
        </a>{" "}
        of <b>{dayWords(of.slot)}</b> <small>{parts.filter(Boolean).join(", ")}</small>
      </p>
      {!!of.unread_files && <p class="note">{NUMBER.format(of.unread_files)} files could not be read when it was made, and are not in it.</p>}
      {!!of.unsteady_files && <p class="note">{NUMBER.format(of.unsteady_files)} files changed while they were read: what is kept of them may be a mixture.</p>}
    </>
  );
}

/** Why there is no tree to click in. */
function Browse({ agent }: { agent: number }) {
  return (
    <details class="browse">
      <summary>Which files are in it?</summary>
      <p class="hint">
        This server cannot say: names of files, too, are sealed for the owner’s keys before they leave the machine. Where the recovery key is, this
        command opens a page of that machine’s own, with every backup’s tree and a search of names over all of them. Paths that are chosen
        there are copied, and pasted here.
      </p>
      <CopyText text={`vedette backup browse --key recovery.pem TARGET --agent ${agent || "ID"}`} label="Command that shows what backups hold" />
    </details>
  );
}
