/** A form that makes one request: busy while it runs, and the server's reason where it went wrong. */
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId, useState } from "preact/hooks";

import { Refusal } from "../call";

export interface Work {
  busy: boolean;
  problem: Refusal | Error | null;
  run: (work: () => Promise<void>) => Promise<void>;
  clear: () => void;
}

export function useWork(): Work {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  async function run(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (caught) {
      setProblem(caught as Error);
    }
    setBusy(false);
  }
  return { busy, problem, run, clear: () => setProblem(null) };
}

export function Problem({ of }: { of: Error | null }) {
  return (
    <p class="problem" role="alert">
      {of?.message}
    </p>
  );
}

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "onInput" | "value">;

interface FieldProps extends InputProps {
  label: string;
  value: string;
  change: (value: string) => void;
  hint?: ComponentChildren;
  problem?: Error | null;
  field?: string; // its name in the contract, as a refusal names it
}

export function Field({ label, value, change, hint, problem, field, ...rest }: FieldProps) {
  const id = useId();
  const wrong = problem instanceof Refusal && !!field && problem.field === field;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...rest}
        id={id}
        value={value}
        aria-invalid={wrong}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {hint && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
}

/** A name as the contract writes names: of a tenant, a site, a tag. */
interface SlugProps {
  label: string;
  value: string;
  change: (value: string) => void;
  autofocus?: boolean;
  problem?: Error | null;
  field?: string;
  hint?: ComponentChildren;
  list?: string;
}

export function Slug(props: SlugProps) {
  return <Field {...props} pattern="[a-z0-9\-]{1,32}" title="small letters, digits and -; at most 32" maxLength={32} required />;
}

interface CheckProps {
  label: string;
  value: boolean;
  change: (value: boolean) => void;
  hint?: ComponentChildren;
}

export function Check({ label, value, change, hint }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input type="checkbox" id={id} checked={value} aria-describedby={hint ? `${id}-hint` : undefined} onChange={() => change(!value)} />
      <label for={id}>{label}</label>
      {hint && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  change: (value: string) => void;
  options: (string | [value: string, text: string])[];
}

export function Choice({ label, value, change, options }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map((option) => {
          const [key, text] = typeof option === "string" ? [option, option] : option;
          return (
            <option key={key} value={key}>
              {text}
            </option>
          );
        })}
      </select>
    </div>
  );
}
