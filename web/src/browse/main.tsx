/** The page of `vedette backup browse`: what stands in every backup of a machine, where a key opens them; files are brought back from here. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Mark } from "../parts/mark";
import { Problem } from "../parts/form";
import { Plain, plainly } from "../parts/plain";
import { SearchField } from "../parts/search";
import "../theme";
import { state, work, type State, type Work } from "./ask";
import { Backups } from "./backups";
import { Bring } from "./bring";
import { Chosen } from "./chosen";
import { FolderView } from "./folder";
import { Results } from "./results";
import { usePlace } from "./place";
import { Versions } from "./versions";

const BUSY_MS = 700; // while trees are read, or files brought back
const IDLE_MS = 5_000;

function App() {
  const [of, setWork] = useState<Work | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  useEffect(() => void work().then(setWork, setProblem), []);
  return (
    <div class="browse">
      <header class="house">
        <Mark />
        <span class="wordmark">Vedette</span>
        <span>backups, on this machine</span>
      </header>
      <main>
        <Problem of={problem} />
        {!of && !problem && (
          <p class="waiting" role="status">
            Opening …
          </p>
        )}
        {of && <Shelf of={of} />}
      </main>
    </div>
  );
}

/** As it is now, and asked for again. */
function useNow(of: Work): { now: State | null; problem: Error | null; again: () => void } {
  const [now, setNow] = useState<State | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let gone = false;
    let timer = 0;
    const look = async () => {
      try {
        const next = await state();
        if (gone) return;
        setNow(next);
        setProblem(null);
        const busy = next.looked_at < of.backups.length || next.bringing.state === "reads" || next.bringing.state === "writes";
        timer = setTimeout(() => void look(), busy ? BUSY_MS : IDLE_MS);
      } catch (caught) {
        if (!gone) setProblem(caught as Error);
      }
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [asked]);
  return { now, problem, again: () => setAsked((last) => last + 1) };
}

function Shelf({ of }: { of: Work }) {
  const { now, problem, again } = useNow(of);
  const place = usePlace();
  const [pattern, setPattern] = useState("");
  const [chosen, setChosen] = useState(new Map<number, string>());
  const [opened, setOpened] = useState<number | null>(null);
  useEffect(() => setChosen(new Map()), [place.backup]);
  const name = now?.hostname || `agent ${of.agent}`;
  useEffect(() => void (document.title = `Backups of ${plainly(name)}`), [name]);
  if (!now) return <Problem of={problem} />;
  const read = now.order.includes(place.backup);
  return (
    <>
      <header class="heading">
        <h1>
          Backups of <Plain text={name} />
        </h1>
        <p class="hint">
          agent {of.agent}, signed by <code>{of.signer}</code>
        </p>
      </header>
      <Problem of={problem} />
      <Bring of={now.bringing} changed={again} />
      <Backups of={of} now={now} at={place.backup} go={place.toBackup} />
      <section class="panel" aria-label="Files">
        <SearchField label="Search names in all backups" placeholder="Search names in all backups: letter, *.sql, /home/*/notes*" value={pattern} change={setPattern} maxLength={200} />
        {pattern ? (
          <Results key={now.looked_at} pattern={pattern} of={of} now={now} open={setOpened} />
        ) : read ? (
          <FolderView of={of} place={place} chosen={chosen} choose={setChosen} open={setOpened} />
        ) : (
          <p class="waiting" role="status">
            This backup has not been read yet …
          </p>
        )}
      </section>
      {!pattern && read && <Chosen of={of} now={now} backup={place.backup} chosen={chosen} clear={() => setChosen(new Map())} begun={again} />}
      {opened !== null && (
        <Versions
          id={opened}
          of={of}
          now={now}
          close={() => setOpened(null)}
          show={(backup, folder) => {
            setOpened(null);
            setPattern("");
            place.to(backup, folder);
          }}
        />
      )}
    </>
  );
}

render(<App />, document.body);
