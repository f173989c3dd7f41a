/** One folder of one backup: what stands in it, and what is chosen of it. */
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../parts/form";
import { Plain, plainly } from "../parts/plain";
import { Table } from "../parts/table";
import { list, ROOT, type Folder, type Row, type Step, type Work } from "./ask";
import type { Place } from "./place";
import { Modified, Size, typeWords } from "./row";

interface Props {
  of: Work;
  place: Place;
  chosen: Map<number, string>;
  choose: (chosen: Map<number, string>) => void;
  open: (id: number) => void; // its versions
}

/** The rows that were asked for so far. */
function useFolder({ backup, folder }: Place): { shown: Folder | null; problem: Error | null; more: () => void } {
  const [shown, setShown] = useState<Folder | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  useEffect(() => {
    let gone = false;
    setShown(null);
    setProblem(null);
    list(backup, folder, 0).then((found) => gone || setShown(found), (caught: Error) => gone || setProblem(caught));
    return () => void (gone = true);
  }, [backup, folder]);
  const more = () =>
    void list(backup, folder, shown!.rows.length).then((next) => setShown((last) => last && { ...next, rows: [...last.rows, ...next.rows] }), setProblem);
  return { shown, problem, more };
}

export function FolderView({ place, chosen, choose, open }: Props) {
  const { shown, problem, more } = useFolder(place);
  const flip = (row: Step) => {
    const next = new Map(chosen);
    if (!next.delete(row.id)) next.set(row.id, row.name);
    choose(next);
  };
  if (!shown) return <Problem of={problem} />;
  return (
    <>
      <Way way={shown.way} go={place.toFolder} />
      <Problem of={problem} />
      {!shown.count && <p class="calm">{shown.way.length ? "Nothing stands here in this backup." : "It holds nothing."}</p>}
      {shown.count > 0 && (
        <Table label="What stands in this folder" heads={["Choose", "Name", "Size", "Modified", "Owner", "Versions"]} name="files">
          {shown.rows.map((row) => (
            <One key={row.id} row={row} chosen={chosen.has(row.id)} flip={() => flip(row)} enter={() => place.toFolder(row.id)} open={() => open(row.id)} />
          ))}
        </Table>
      )}
      {shown.rows.length < shown.count && (
        <p class="hint">
          {shown.rows.length} of {shown.count}{" "}
          <button type="button" onClick={more}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}

function Way({ way, go }: { way: Step[]; go: (folder: number) => void }) {
  const steps = [{ id: ROOT, name: "/" }, ...way];
  return (
    <nav class="way" aria-label="Folder">
      {steps.map(({ id, name }, i) => (
        <span key={id}>
          {i > 1 && "/"}
          {i < steps.length - 1 ? (
            <button type="button" class="bare plain" onClick={() => go(id)}>
              <Plain text={name} />
            </button>
          ) : (
            <b class="plain">
              <Plain text={name} />
            </b>
          )}
        </span>
      ))}
    </nav>
  );
}

interface OneProps {
  row: Row;
  chosen: boolean;
  flip: () => void;
  enter: () => void;
  open: () => void;
}

function One({ row, chosen, flip, enter, open }: OneProps) {
  const name = plainly(row.name);
  return (
    <tr class={chosen ? "chosen" : ""}>
      <td data-th="Choose">
        <input type="checkbox" aria-label={`Choose ${name}`} checked={chosen} onChange={flip} />
      </td>
      <td data-th="Name">
        {row.type === "d" ? (
          <button type="button" class="bare plain folder" onClick={enter}>
            <Plain text={row.name} />/
          </button>
        ) : (
          <span class="plain">
            <Plain text={row.name} />
          </span>
        )}
        {row.link !== undefined && (
          <small>
            {" "}
            to{" "}
            <span class="plain">
              <Plain text={row.link} />
            </span>
          </small>
        )}
        {row.unsteady && <small> changed while it was read</small>}
        {typeWords(row.type) && <small> {typeWords(row.type)}</small>}
      </td>
      <td data-th="Size">
        <Size of={row} />
      </td>
      <td data-th="Modified">
        <Modified of={row} />
      </td>
      <td data-th="Owner">
        {row.uid}:{row.gid} <code>{row.mode.toString(8).padStart(4, "0")}</code>
      </td>
      <td data-th="Versions">
        <button type="button" aria-label={`Versions of ${name}: ${row.versions}`} onClick={open}>
          {row.versions}
        </button>
      </td>
    </tr>
  );
}
