/** Lines of plain text; Tab goes on to the next field, as everywhere. */
import { useId } from "preact/hooks";

import { Refusal } from "../call";
import { pieces } from "../parts/plain";

interface Props {
  label: string;
  hint?: string;
  value: string;
  change: (value: string) => void;
  lines: number; // shown at least
  maxLength: number;
  problem?: Error | null;
  field?: string; // its name in the contract, as a refusal names it
}

export function Editor({ label, hint, value, change, lines, maxLength, problem, field }: Props) {
  const id = useId();
  const unseen = [...new Set(pieces(value).map((piece) => piece.unseen).filter(Boolean))];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="editor"
        rows={Math.max(lines, Math.min(40, value.split("\n").length + 1))}
        spellcheck={false}
        autocomplete="off"
        wrap="off"
        maxLength={maxLength}
        value={value}
        aria-invalid={problem instanceof Refusal && !!field && problem.field === field}
        aria-describedby={`${id}-hint`}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <div class="hint" id={`${id}-hint`}>
        {hint}
        {unseen.length > 0 && <b class="grave"> It holds characters that are not seen: {unseen.join(" ")}.</b>}
      </div>
    </div>
  );
}
