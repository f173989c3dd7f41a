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

/** Pieces of text, by turns to be shown as they are and by their names. */
export function pieces(text: string): { plain: string; unseen: string }[] {
  const list: { plain: string; unseen: string }[] = [];
  let at = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (character === "\n" || character === "\t") continue;
    list.push({ plain: text.slice(at, index), unseen: name(character) });
    at = index + character.length;
  }
  return [...list, { plain: text.slice(at), unseen: "" }];
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
