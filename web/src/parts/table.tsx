/** A table that scrolls by itself where it is wider than the page. On a phone each row is a list: a cell's data-th is its head there. */
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  heads: string[];
  actions?: boolean; // a last column of buttons, with no visible head
  name?: string; // for the style sheet
  children: ComponentChildren; // rows
}

export function Table({ label, heads, actions, name, children }: Props) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class={name}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            {actions && (
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
