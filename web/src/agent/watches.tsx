/** What an agent watches, and how it is. */
import type { WatchListReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { rowsOf, type RowOf } from "../columns";
import { Moment } from "../parts/age";
import { useEvents, useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { LevelWord } from "../watch/level";
import { Trend } from "../watch/trend";
import { valueText } from "../watch/value";

const REFRESH_MS = 60_000; // values change without an event

type Watch = RowOf<WatchListReply>;

export function Watches({ agent }: { agent: number }) {
  const { data, problem, again } = useLoaded(async () => rowsOf(await call("watch.list", { agent }), "watch"), [agent]);
  const [open, setOpen] = useState("");
  useEvents(
    (event) => event.type.startsWith("watch.") && (event.data as { agent?: number }).agent === agent,
    () => void again(),
    [agent, again],
  );
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <section class="panel watches" aria-labelledby="watches">
      <header>
        <h2 id="watches">Watches</h2>
      </header>
      {problem && <p class="problem">{problem.message}</p>}
      {data && !data.length && <p class="hint">Nothing is watched here. A signed document of watches says what is.</p>}
      {data && data.length > 0 && (
        <Table label="What is watched" heads={["Watch", "Kind", "Level", "Since", "Value", "Why"]} actions name="watches">
          {data.map((one) => (
            <Row key={one.watch} agent={agent} one={one} open={open === one.watch} toggle={() => setOpen(open === one.watch ? "" : one.watch)} />
          ))}
        </Table>
      )}
    </section>
  );
}

function Row({ agent, one, open, toggle }: { agent: number; one: Watch; open: boolean; toggle: () => void }) {
  return (
    <>
      <tr>
        <td data-th="Watch">{one.watch}</td>
        <td data-th="Kind">{one.watch_kind}</td>
        <td data-th="Level">
          <LevelWord level={one.level} />
          {one.held && <small> held back</small>}
        </td>
        <td data-th="Since">
          <Moment time={one.since} />
        </td>
        <td data-th="Value">{valueText(one.value, one.watch_kind)}</td>
        <td data-th="Why">
          <Plain text={one.reason ?? ""} />
        </td>
        <td>
          {one.value != null && (
            <button type="button" aria-expanded={open} onClick={toggle}>
              Trend<span class="hidden"> of {one.watch}</span>
            </button>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={7}>
            <Trend agent={agent} watch={one.watch} kind={one.watch_kind} />
          </td>
        </tr>
      )}
    </>
  );
}
