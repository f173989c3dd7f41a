/** What a backup may take of its machine. */
import { Field } from "../../parts/form";
import type { Part } from "../form";
import type { PlanForm } from "./form";

export function How({ form, change, problem }: Part<PlanForm>) {
  return (
    <fieldset class="panel compose">
      <legend>Limits</legend>
      <div class="pair">
        <Field
          label="Line, MiB a second"
          field="bandwidth_bytes_s"
          type="number"
          min={0.01}
          step="any"
          value={form.bandwidth}
          change={(bandwidth) => change({ bandwidth })}
          problem={problem}
          hint="Empty: what the line gives."
        />
        <Field
          label="Processors, percent"
          field="cpu_percent"
          type="number"
          min={1}
          max={100}
          value={form.cpu}
          change={(cpu) => change({ cpu })}
          problem={problem}
          hint="Empty: what nobody else wants."
        />
      </div>
    </fieldset>
  );
}
