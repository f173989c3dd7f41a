/** Restores: of all machines, or of one, newest first. */
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { documentPath } from "../route";
import { documentWords, ENDED, RunWord } from "../tasks/doing";
import { Restoring } from "./restoring";
import { useRestores, type Restore } from "./restores";

const SHOWN = 50;

export function Restores({ agent }: { agent?: number }) {
  const { list, problem } = useRestores({ agent });
  if (!list?.length) return <Problem of={problem} />;
  return (
    <section class="panel" aria-labelledby="restores">
      <header>
        <h2 id="restores">Restores</h2>
      </header>
      <Problem of={problem} />
      <Table label="Restores that were signed" heads={["Restore", ...(agent ? [] : ["On"]), "State", "How far", "Signed"]} name="restores">
        {list.slice(0, SHOWN).map((one) => (
          <Row key={`${one.document}/${one.document_version}`} one={one} named={!agent} />
        ))}
      </Table>
      {list.length > SHOWN && <p class="hint">and {list.length - SHOWN} older ones: vedette backup restore list</p>}
    </section>
  );
}

function Row({ one, named }: { one: Restore; named: boolean }) {
  return (
    <tr>
      <td data-th="Restore">
        <a href={`#${documentPath("restore", one.document, one.document_version)}`}>
          <Plain text={one.title} />
        </a>
        <small>
          into <Plain text={one.into} />
        </small>
      </td>
      {named && (
        <td data-th="On">
          {one.agent ? (
            <a href={`#/agent/${one.agent}`}>
              <Plain text={one.name} />
            </a>
          ) : (
            <Plain text={one.name} />
          )}
        </td>
      )}
      <td data-th="State">
        {one.run_state ? <RunWord state={one.run_state} /> : documentWords(one.document_state)}
        {one.reason && (
          <small>
            <Plain text={one.reason} />
          </small>
        )}
      </td>
      <td data-th="How far">{one.run_state ? <Restoring of={one} runs={!ENDED.has(one.run_state)} /> : "–"}</td>
      <td data-th="Signed">
        <Moment time={one.made_at} /> <small>by {one.maker}</small>
      </td>
    </tr>
  );
}
