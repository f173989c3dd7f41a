/** Documents that wait for signatures; those that whoever is logged in may sign come first. */
import { Moment } from "../parts/age";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { documentPath } from "../route";
import { isForMe, type Draft } from "./waiting";

export function Drafts({ list }: { list: Draft[] }) {
  const ordered = [...list].sort((a, b) => Number(isForMe(b)) - Number(isForMe(a)));
  return (
    <section class="panel" aria-labelledby="waiting">
      <header>
        <h2 id="waiting">Waiting for signatures</h2>
      </header>
      <Table label="Documents that wait for signatures" heads={["Title", "Kind", "Signed", "May still sign", "Made"]}>
        {ordered.map((one) => (
          <tr key={`${one.document}/${one.document_version}`}>
            <td data-th="Title">
              <a href={`#${documentPath(one.document_kind, one.document, one.document_version)}`}>
                <Plain text={one.title} />
              </a>
              {isForMe(one) && <span class="pill">for you</span>}
            </td>
            <td data-th="Kind">{one.document_kind}</td>
            <td data-th="Signed">
              {one.signatures} of {one.threshold}
              {one.signers && <small>{one.signers}</small>}
            </td>
            <td data-th="May sign">{one.may_sign || "nobody else"}</td>
            <td data-th="Made">
              <Moment time={one.made_at} /> <small>by {one.maker}</small>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
