/** Names that a pattern fits, in all backups that have been read. */
import { useEffect, useState } from "preact/hooks";

import { dayWords } from "../backups/fate";
import { Problem } from "../parts/form";
import { Plain, plainly } from "../parts/plain";
import { Table } from "../parts/table";
import { find, ROOT, type Found, type State, type Work } from "./ask";
import { Modified, Size } from "./row";

const SOON_MS = 250; // after the last key

interface Props {
  pattern: string;
  of: Work;
  now: State;
  open: (id: number) => void;
}

export function Results({ pattern, of, now, open }: Props) {
  const [rows, setRows] = useState<Found[] | null>(null);
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  async function ask(behind: number, before: Found[], gone: () => boolean) {
    try {
      const found = await find(pattern, behind);
      if (gone()) return;
      setRows([...before, ...found.rows]);
      setMore(found.more);
      setProblem(null);
    } catch (caught) {
      setProblem(caught as Error);
    }
  }
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => void ask(ROOT, [], () => gone), SOON_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [pattern]);
  const last = rows?.[rows.length - 1];
  return (
    <>
      <Problem of={problem} />
      <p class="hint" role="status">
        {!rows ? "Searching …" : `${rows.length}${more ? " and more" : ""} found in ${now.order.length} of ${of.backups.length} backups`}
      </p>
      {rows && rows.length > 0 && (
        <Table label="Names that were found" heads={["Path", "Size", "Modified", "Newest in", "Versions"]} name="files">
          {rows.map((row) => (
            <tr key={row.id}>
              <td data-th="Path">
                <button type="button" class="bare plain folder" onClick={() => open(row.id)}>
                  <Plain text={row.path} />
                  {row.type === "d" && "/"}
                </button>
              </td>
              <td data-th="Size">
                <Size of={row} />
              </td>
              <td data-th="Modified">
                <Modified of={row} />
              </td>
              <td data-th="Newest in">{dayWords(newest(row, of, now))}</td>
              <td data-th="Versions">
                <button type="button" aria-label={`Versions of ${plainly(row.path)}: ${row.versions}`} onClick={() => open(row.id)}>
                  {row.versions}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {more && last && (
        <button type="button" onClick={() => void ask(last.id, rows!, () => false)}>
          Show more
        </button>
      )}
    </>
  );
}

/** Rows are of the newest version. */
function newest(row: Found, of: Work, now: State): string {
  return of.backups[now.order[row.first] ?? 0]!.slot;
}
