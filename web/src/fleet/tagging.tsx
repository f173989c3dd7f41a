/** Giving agents a tag, or taking one from them. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { Dialog } from "../parts/dialog";
import { Choice, Problem, Slug, useWork } from "../parts/form";
import { tagList, type Fleet } from "./fleet";
import { fleet, fleetVersion } from "./live";
import { ranges } from "./ranges";

/** One call after another; what is done of them is shown at once. */
export async function tag(agents: Iterable<number>, word: string, on: boolean): Promise<void> {
  const all = [...agents];
  for (const agent_ranges of ranges(all)) await call(on ? "tag.add" : "tag.remove", { tag: word, agent_ranges });
  fleet.value?.setTag(all, word, on);
  fleetVersion.set(fleetVersion.value + 1);
}

/** Tags that some of these agents have. */
export function tagsAmong(known: Fleet, agents: Iterable<number>): string[] {
  const sets = new Set<number>();
  for (const agent of agents) {
    const row = known.rowOf(agent);
    if (row >= 0) sets.add(known.tags[row]!);
  }
  return [...new Set([...sets].flatMap((set) => tagList(known.tagSets.list[set]!)))].sort();
}

interface Props {
  known: Fleet;
  agents: Iterable<number>;
  what: string; // "web-1", "12 agents"
  close: () => void;
}

export function AddTag({ known, agents, what, close }: Props) {
  const work = useWork();
  const [word, setWord] = useState("");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await tag(agents, word.trim(), true);
      close();
    });
  }
  return (
    <Dialog title={`Tag ${what}`} close={close}>
      <form onSubmit={submit}>
        <Slug
          label="Tag"
          field="tag"
          value={word}
          change={setWord}
          problem={work.problem}
          list="tags"
          hint="Small letters, digits and -. Tags are there to find agents by; what is signed names agents by their keys."
          autofocus
        />
        <datalist id="tags">
          {known.allTags().map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy || !word.trim()}>
          {work.busy ? "Tagging …" : "Add the tag"}
        </button>
      </form>
    </Dialog>
  );
}

export function RemoveTag({ known, agents, what, close }: Props) {
  const work = useWork();
  const words = tagsAmong(known, agents);
  const [word, setWord] = useState(words[0] ?? "");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await tag(agents, word, false);
      close();
    });
  }
  return (
    <Dialog title={`Remove a tag of ${what}`} close={close}>
      <form onSubmit={submit}>
        <Choice label="Tag" value={word} change={setWord} options={words} />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy || !word}>
          {work.busy ? "Removing …" : "Remove the tag"}
        </button>
      </form>
    </Dialog>
  );
}
