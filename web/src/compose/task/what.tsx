/** What runs: a script with its interpreter, or a program with its arguments; as whom; with which parameters. */
import type { DocumentVariable } from "contract";

import { Choice, Field } from "../../parts/form";
import { Editor } from "../editor";
import type { Part } from "../form";
import type { TaskForm } from "./form";

export function What({ form, change, problem }: Part<TaskForm>) {
  return (
    <fieldset class="panel compose">
      <legend>What runs</legend>
      <Field label="Title" field="title" value={form.title} change={(title) => change({ title })} problem={problem} maxLength={200} required autofocus />
      <div class="pair">
        <Choice
          label="It is"
          value={form.what}
          change={(what) => change({ what: what as TaskForm["what"] })}
          options={[
            ["script", "a script"],
            ["command", "a program with arguments"],
          ]}
        />
        <Field
          label="As user"
          field="user"
          value={form.user}
          change={(user) => change({ user })}
          problem={problem}
          maxLength={32}
          hint="The endpoint’s own policy says who may."
          required
        />
      </div>
      {form.what === "script" ? <Script form={form} change={change} problem={problem} /> : <Command form={form} change={change} problem={problem} />}
      <Parameters form={form} change={change} problem={problem} />
    </fieldset>
  );
}

function Script({ form, change, problem }: Part<TaskForm>) {
  return (
    <>
      <Field
        label="Interpreter"
        field="interpreter"
        value={form.interpreter}
        change={(interpreter) => change({ interpreter })}
        problem={problem}
        list="interpreters"
        maxLength={200}
        required
      />
      <datalist id="interpreters">
        <option value="/bin/sh -eu" />
        <option value="/bin/bash -euo pipefail" />
        <option value="/usr/bin/python3" />
        <option value="/usr/bin/perl" />
      </datalist>
      <Editor label="Script" value={form.body} change={(body) => change({ body })} lines={12} maxLength={131_072} />
    </>
  );
}

function Command({ form, change }: Part<TaskForm>) {
  return (
    <Editor
      label="Program and arguments, one a line"
      hint="The program by its whole path. No shell reads them: a blank, a quote or a $ is just that."
      value={form.argv}
      change={(argv) => change({ argv })}
      lines={4}
      maxLength={65_536}
    />
  );
}

function Parameters({ form, change, problem }: Part<TaskForm>) {
  const set = (at: number, part: Partial<DocumentVariable>) =>
    change({ parameters: form.parameters.map((one, i) => (i === at ? { ...one, ...part } : one)) });
  return (
    <div class="parameters" role="group" aria-label="Parameters">
      {form.parameters.map((one, i) => (
        <div key={i} class="parameter">
          <Field label={`Variable ${i + 1}`} field="environment" value={one.name} change={(name) => set(i, { name })} problem={problem} maxLength={64} />
          <Field label="Value" value={one.value} change={(value) => set(i, { value })} maxLength={4096} />
          <button type="button" onClick={() => change({ parameters: form.parameters.filter((_, k) => k !== i) })}>
            Remove<span class="hidden"> variable {i + 1}</span>
          </button>
        </div>
      ))}
      <button type="button" onClick={() => change({ parameters: [...form.parameters, { name: "", value: "" }] })}>
        Add a parameter
      </button>
      <span class="hint">Parameters are environment variables: nothing is pasted into the script.</span>
    </div>
  );
}
