/** Six digits from an authenticator app. */
import { Field } from "./form";

interface CodeProps {
  label?: string;
  value: string;
  change: (value: string) => void;
  problem?: Error | null;
  autofocus?: boolean;
}

export function CodeField({ label = "Code from your authenticator app", ...rest }: CodeProps) {
  return (
    <Field
      {...rest}
      label={label}
      field="otp"
      inputMode="numeric"
      pattern="[0-9 ]{6,7}"
      title="six digits"
      autocomplete="one-time-code"
      required
    />
  );
}

/** As apps show them: 123 456. */
export function digits(code: string): string {
  return code.replace(/\s/g, "");
}
