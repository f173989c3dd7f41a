/** Within what limits, with whose consent, and to how many at a time. */
import { Choice, Field } from "../../parts/form";
import type { Part } from "../form";
import type { TaskForm } from "./form";

export function How({ form, change, problem }: Part<TaskForm>) {
  const number = (label: string, key: "timeout" | "output" | "memory" | "canary" | "ring" | "stop_failures", field: string, min: number, hint?: string) => (
    <Field
      label={label}
      field={field}
      type="number"
      min={min}
      value={form[key]}
      change={(value) => change({ [key]: value })}
      problem={problem}
      hint={hint}
      required={key !== "memory"}
    />
  );
  return (
    <fieldset class="panel compose">
      <legend>How it runs</legend>
      <div class="pair">
        <Choice
          label="People at the machine"
          value={form.consent}
          change={(consent) => change({ consent: consent as TaskForm["consent"] })}
          options={[
            ["none", "are not asked"],
            ["notify", "are told"],
            ["ask", "are asked first"],
          ]}
        />
        {number("Ended after minutes", "timeout", "timeout_s", 1)}
        {number("Output kept, KiB", "output", "output_limit_bytes", 0)}
        {number("Memory, MiB", "memory", "memory_limit_bytes", 1, "Empty: as the endpoint’s policy says.")}
        <Choice
          label="Rollout"
          value={form.rings ? "rings" : ""}
          change={(value) => change({ rings: value === "rings" })}
          options={[
            ["", "everywhere at once"],
            ["rings", "some first, then ring after ring"],
          ]}
        />
      </div>
      {form.rings && (
        <div class="pair">
          {number("Agents that go first", "canary", "canary", 0)}
          {number("Agents in each ring", "ring", "ring", 1)}
          {number("Stop after failures", "stop_failures", "stop_failures", 1)}
        </div>
      )}
    </fieldset>
  );
}
