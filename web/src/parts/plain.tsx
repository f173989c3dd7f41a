/**
 * Text of strangers: a script, a machine's output. Never markup; what would not be seen, or would show other characters
 * elsewhere than they stand, is shown as what it is. The style sheet keeps it from left to right (.plain).
 */
import type { ComponentChildren } from "preact";

/** Controls, format and private characters, lone surrogates, separators that look like a line end, blanks that have width. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u00a0\u034f\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]/gu;

/** How one of them is written: ^[ as terminals do (pictures such as ␛ are in few fonts), or [U+202E]. */
export function name(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** Each piece is an element: an output of nothing else must not become half a million of them. */
const PIECES_MOST = 2_000;

export interface Piece {
  plain: string; // shown as it is …
  unseen: string; // … and what follows it, by name
}

/** Those that stand side by side are one piece. Behind the first thousands names stand in the text, unmarked. */
export function pieces(text: string): Piece[] {
  const list: Piece[] = [];
  let [plain, unseen, at] = ["", "", 0];
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (character === "\n" || character === "\t") continue;
    const before = text.slice(at, index);
    at = index + character.length;
    if (before && unseen) {
      list.push({ plain, unseen });
      plain = unseen = "";
    }
    plain += before;
    if (list.length < PIECES_MOST) unseen += name(character);
    else plain += name(character);
  }
  const rest = text.slice(at);
  return unseen ? [...list, { plain, unseen }, { plain: rest, unseen: "" }] : [...list, { plain: plain + rest, unseen: "" }];
}

/** The same where there can be no element: tooltips, labels, titles of windows. */
export function plainly(text: string): string {
  return pieces(text).map(({ plain, unseen }) => plain + unseen).join("");
}

export function Plain({ text }: { text: string }): ComponentChildren {
  return pieces(text).map(({ plain, unseen }, i) => [plain, unseen && <mark key={i} class="unseen">{unseen}</mark>]);
}

/** A line end ends a line, and begins none. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.length > 1 && !lines[lines.length - 1]) lines.pop();
  return lines;
}

/** Many lines of it, in a box that scrolls and that the keyboard reaches. */
export function PlainBox({ text, label, numbered }: { text: string; label: string; numbered?: boolean }) {
  return (
    <pre class="plain" tabIndex={0} role="region" aria-label={label}>
      {numbered ? (
        linesOf(text).map((line, i) => (
          <code key={i} class="numbered">
            <Plain text={line} />
            {"\n"}
          </code>
        ))
      ) : (
        <code>
          <Plain text={text} />
        </code>
      )}
    </pre>
  );
}
