/** The log: what happened, searched, followed live, and proven in the browser. */
import { useEffect, useMemo } from "preact/hooks";

import { call } from "../call";
import { useCell } from "../cell";
import { exactSpan, moment } from "../clock";
import { Page } from "../frame";
import { Icon } from "../parts/icons";
import { useLoaded } from "../parts/loaded";
import { go, read, replace, route } from "../route";
import type { Session } from "../session";
import { link } from "../stream";
import { Detail } from "./detail";
import { idOf, readEntry, type Entry, type LogClass } from "./entry";
import { Filters } from "./filters";
import { Following, ROWS_MOST } from "./following";
import { Histogram } from "./histogram";
import { EntryList } from "./list";
import { EVERYTHING, period, readQuery, writeQuery, type Query } from "./query";

const NUMBER = new Intl.NumberFormat("en");
const LAG_MS = 5_000; // an entry that comes later than this is said to be late
const BEHIND_MOST = 1_000; // entries; fewer are a second's work

const address = (item: string, query: Query) => {
  const asked = writeQuery(query);
  return `/log${item && `/${item}`}${asked && `?${asked}`}`;
};

export function LogPage({ who }: { who: Session }) {
  const here = useCell(route);
  const query = useMemo(() => readQuery(here.query), [here.query]);
  const change = (part: Partial<Query>) => {
    const now = read(); // two changes may follow each other before the page is drawn anew
    replace(address(now.item, { ...readQuery(now.query), ...part }));
  };
  const narrow = (from: number, to: number) => {
    const span = { from: new Date(Math.round(from)).toISOString(), to: new Date(Math.round(to)).toISOString() };
    go(address(here.item, { ...query, range: "", ...span }));
  };
  const following = useFollowing(query, who.tenant ?? "");
  const chosen = useChosen(here.item, following);
  return (
    <Page title="Log" side={<Live following={following} query={query} />}>
      <Filters who={who} query={query} change={change} />
      <div class={here.item ? "split open" : "split"}>
        <div class="found">
          <Histogram query={query} tenant={who.tenant ?? ""} live={period(query, 0).to === Infinity && !following.paused} narrow={narrow}>
            <Chosen query={query} change={change} />
          </Histogram>
          <Standing following={following} />
          <EntryList following={following} list={here.query} open={(entry) => go(address(idOf(entry), query))} chosen={here.item} />
          <Summary following={following} />
        </div>
        {here.item && (
          <Side
            who={who}
            item={here.item}
            chosen={chosen}
            close={() => go(address("", query))}
            narrow={(part) => go(address(here.item, { ...query, ...part }))}
          />
        )}
      </div>
    </Page>
  );
}

function useFollowing(query: Query, tenant: string): Following {
  const asked = writeQuery(query);
  const following = useMemo(() => new Following(query, tenant), [asked, tenant]);
  useEffect(() => {
    following.start();
    return () => following.end();
  }, [following]);
  useCell(following.version);
  return following;
}

/** The entry in the address: one of the rows, or fetched by itself. */
function useChosen(item: string, following: Following): { entry: Entry | null; problem: string } {
  const row = following.rows.find((entry) => idOf(entry) === item) ?? null;
  const [, log, sequence] = /^(ops|access|fleet|alert)-(\d{1,15})$/.exec(item) ?? [];
  const { data, problem } = useLoaded(async () => {
    if (!log || row) return null;
    return readEntry((await call("log.entry", { class: log as LogClass, sequence: Number(sequence) })).entry);
  }, [item, !row]);
  const entry = row ?? (data && idOf(data) === item ? data : null);
  return { entry, problem: log ? (problem?.message ?? "") : "There is no such entry." };
}

interface SideProps {
  who: Session;
  item: string;
  chosen: { entry: Entry | null; problem: string };
  close: () => void;
  narrow: (part: Partial<Query>) => void;
}

function Side({ who, item, chosen, close, narrow }: SideProps) {
  if (chosen.entry) return <Detail who={who} entry={chosen.entry} close={close} narrow={narrow} />;
  return (
    <aside class="panel detail" aria-label={`Entry ${item}`}>
      <header>
        <span class="id">{item}</span>
        <button type="button" class="bare" aria-label="Close the entry" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {chosen.problem ? <p class="problem">{chosen.problem}</p> : <p class="waiting">Loading …</p>}
    </aside>
  );
}

/** Whether new entries come in by themselves, and a button to hold them back. */
function Live({ following, query }: { following: Following; query: Query }) {
  const stream = useCell(link);
  if (period(query, 0).to < Infinity) return <p class="hint">This period is over: no new entries come.</p>;
  const waiting = following.waiting.length;
  const words = following.paused ? "paused" : stream.state === "live" ? "following" : stream.state === "lost" ? "cut off" : "connecting";
  return (
    <div class="follow">
      <p class={`connection ${following.paused ? "" : stream.state}`} role="status">
        {words}
        {!following.paused && following.lag_ms > LAG_MS && `, ${exactSpan(following.lag_ms)} late`}
      </p>
      <button type="button" aria-pressed={following.paused} onClick={() => following.pause(!following.paused)}>
        {following.paused ? `Go on${waiting ? ` (${NUMBER.format(waiting)} new)` : ""}` : "Pause"}
      </button>
    </div>
  );
}

/** The period, if it was chosen by hand, and the way back. */
function Chosen({ query, change }: { query: Query; change: (part: Partial<Query>) => void }) {
  if (query.range) return <p class="hint">Drag over the bars to look closer.</p>;
  return (
    <p class="hint">
      {query.from ? moment(query.from) : "the beginning"} to {query.to ? moment(query.to) : "now"}{" "}
      <button type="button" class="only" onClick={() => change({ range: EVERYTHING.range, from: "", to: "" })}>
        back to the last 24 hours
      </button>
    </p>
  );
}

/** What one must know of the list to judge it. */
function Standing({ following }: { following: Following }) {
  const { problem, behind, cut } = following;
  const was = cut && `${moment(cut.from)} to ${moment(cut.to)}`;
  return (
    <div class="standing-of">
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!problem && behind > BEHIND_MOST && (
        <p class="note" role="status">
          The search is {NUMBER.format(behind)} entries behind the log: newest ones may be missing until it has caught up.
        </p>
      )}
      {cut && !cut.to && (
        <p class="note" role="status">
          Cut off since {moment(cut.from)}. What comes meanwhile is not lost: it is filled in as soon as the portal answers.
        </p>
      )}
      {cut?.to ? (
        <p class="hint" role="status">
          Was cut off from {was}. Nothing is missing
          {cut.filled < 0 ? ": the stream went on where it was." : `: ${NUMBER.format(cut.filled)} entries were filled in from the log.`}
        </p>
      ) : null}
    </div>
  );
}

function Summary({ following }: { following: Following }) {
  const { rows, loaded, hasMore, isCut, problem } = following;
  if (!loaded) return <p class="summary" role="status">Searching …</p>;
  return (
    <p class="summary">
      {rows.length ? `${NUMBER.format(rows.length)} shown` : problem ? "" : "No entry matches. The log has entries of other times, classes and words."}
      {hasMore && (
        <>
          {", there may be more: "}
          <button type="button" class="only" onClick={() => void following.older()}>
            search further
          </button>
        </>
      )}
      {isCut && `, which is as many as this page holds: ask for less to see older ones (${NUMBER.format(ROWS_MOST)} at most).`}
    </p>
  );
}
