/** One name over time: as it was, and in which backups, the newest first. */
import { dayWords } from "../backups/fate";
import { Dialog } from "../parts/dialog";
import { Problem } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { history, ROOT, type State, type Version, type Work } from "./ask";
import { Modified, Size, typeWords } from "./row";

interface Props {
  id: number;
  of: Work;
  now: State;
  close: () => void;
  show: (backup: number, folder: number) => void;
}

export function Versions({ id, of, now, close, show }: Props) {
  const { data, problem } = useLoaded(() => history(id), [id, now.order.length]);
  const folder = data?.way[data.way.length - 1]?.id ?? ROOT;
  return (
    <Dialog title="Versions" close={close}>
      <Problem of={problem} />
      {data && (
        <>
          <p class="plain">
            <Plain text={data.path} />
          </p>
          <Table label="Versions of this name" heads={["Modified", "Size", "In the backups of"]} actions name="files">
            {[...data.rows].reverse().map((version) => (
              <tr key={version.first}>
                <td data-th="Modified">
                  <Modified of={version} />
                  {version.unsteady && <small> changed while it was read</small>}
                </td>
                <td data-th="Size">
                  <Size of={version} /> {typeWords(version.type) && <small>{typeWords(version.type)}</small>}
                </td>
                <td data-th="In">{spanOf(version, of, now)}</td>
                <td>
                  <button type="button" onClick={() => show(now.order[version.first]!, folder)}>
                    Show there
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Dialog>
  );
}

/** "20 Nov 2026", or from the oldest to the newest that has it. */
function spanOf(version: Version, of: Work, now: State): string {
  const day = (at: number) => dayWords(of.backups[now.order[at] ?? 0]!.slot);
  const count = version.last - version.first + 1;
  return count === 1 ? day(version.first) : `${day(version.last)} … ${day(version.first)} (${count})`;
}
