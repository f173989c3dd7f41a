/** What is backed up: folders and files, databases, what commands of the endpoint's owner write; and what is left out. */
import { Field } from "../../parts/form";
import { Editor } from "../editor";
import type { Part } from "../form";
import type { PlanForm } from "./form";

const PATHS_BYTES = 65_536;

export function What({ form, change, problem }: Part<PlanForm>) {
  const editor = (label: string, key: "paths" | "excluded" | "databases" | "dumps", lines: number, hint?: string) => (
    <Editor
      label={label}
      field={key}
      value={form[key]}
      change={(value) => change({ [key]: value })}
      lines={lines}
      maxLength={PATHS_BYTES}
      problem={problem}
      hint={hint}
    />
  );
  return (
    <fieldset class="panel compose">
      <legend>What is backed up</legend>
      <Field label="Title" field="title" value={form.title} change={(title) => change({ title })} problem={problem} maxLength={200} required autofocus />
      <div class="columns paths">
        {editor("Folders and files, a whole path a line", "paths", 5)}
        {editor("Left out, a path a line", "excluded", 5)}
        {editor("SQLite databases, a path a line", "databases", 2, "Copied whole while they are in use.")}
        {editor("Dumps, a name a line", "dumps", 2, "Commands that the endpoint’s owner put into /etc/vedette/dumps: what they write is kept.")}
      </div>
    </fieldset>
  );
}
