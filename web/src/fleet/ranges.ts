/** Agents as calls name many of them: "3,17-204". Pure. */

const AGENTS_MOST = 10_000; // of one call
const LENGTH_MOST = 8_192; // of the field, as fields.def has it

/** As few texts as one call can take of each; ids come in any order. */
export function ranges(agents: Iterable<number>): string[] {
  const ids = [...new Set(agents)].sort((a, b) => a - b);
  const texts: string[] = [];
  let text = "";
  let room = AGENTS_MOST;
  for (let at = 0; at < ids.length; ) {
    let end = at + 1;
    while (end < ids.length && end - at < room && ids[end] === ids[end - 1]! + 1) end++;
    const range = end - at === 1 ? `${ids[at]}` : `${ids[at]}-${ids[end - 1]}`;
    if (text && text.length + 1 + range.length > LENGTH_MOST) {
      texts.push(text);
      text = "";
      room = AGENTS_MOST;
      continue;
    }
    text += text ? `,${range}` : range;
    room -= end - at;
    at = end;
    if (!room) {
      texts.push(text);
      text = "";
      room = AGENTS_MOST;
    }
  }
  if (text) texts.push(text);
  return texts;
}
