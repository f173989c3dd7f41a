/** What every task rests on: a trust file, and a fresh word that nothing was withdrawn. Without them agents begin nothing. */
import { call } from "../call";
import { exactSpan, serverNow } from "../clock";
import { Moment } from "../parts/age";
import { CopyText } from "../parts/copy";
import { useEvents, useLoaded, useTick } from "../parts/loaded";

const AGE_MS = 60_000;
const OLD_MS = 48 * 3_600_000; // it is meant to be renewed each day at least
const STALE_MS = 7 * 24 * 3_600_000; // endpoints' policy, where it says nothing else

interface Known {
  version: number; // of the newest trust file; 0: there is none
  stated_at: string | null;
}

async function load(): Promise<Known> {
  const [trust, status] = await Promise.all([call("trust.get", {}), call("status.get", {})]);
  return { version: trust.trust_version[trust.trust_version.length - 1] ?? 0, stated_at: status.stated_at ?? null };
}

export function Standing() {
  const { data, again } = useLoaded(load);
  useEvents((event) => event.type.startsWith("document."), () => void again(), [again]);
  useTick(AGE_MS);
  if (!data) return null;
  return data.version ? <Status {...data} /> : <Beginning />;
}

const RENEW = "vedette trust status status.json --key status.key --yes";

function Status({ version, stated_at }: Known) {
  const age = stated_at ? serverNow() - Date.parse(stated_at) : Infinity;
  if (age < OLD_MS)
    return (
      <p class="hint">
        Trust file version {version}. That nothing was withdrawn was last signed <Moment time={stated_at!} />, {exactSpan(age)} ago.
      </p>
    );
  return (
    <section class="note" aria-label="Status">
      <p>
        <b>
          {!stated_at
            ? "No status has been signed yet, so agents begin nothing."
            : age < STALE_MS
              ? `The newest status is ${exactSpan(age)} old. Agents begin nothing once it is a week old, or less where their owners say so.`
              : `The newest status is ${exactSpan(age)} old, so most agents begin nothing any more.`}
        </b>{" "}
        A status is the signed word that nothing was withdrawn. Let a machine that has the status key, and is not the server, hand one over each day:
      </p>
      <CopyText text={`${RENEW} && vedette --url ${location.origin} --ca ca.pem --token-file token document submit status.json`} label="Command that renews the status" />
    </section>
  );
}

const STEPS: [string, string][] = [
  ["On the server: what the trust file has to pin. Nothing secret is in it.", "vedette trust facts > facts.json"],
  ["On your own machine: a key for each person, and one for the status.", "vedette sign keygen alice.key && vedette sign keygen status.key"],
  [
    "There, too: the trust file, which says who may sign what; its people sign it.",
    "vedette trust init trust.json --facts facts.json --status-key status.key.pub --person alice=alice.key.pub && vedette sign trust.json --key alice.key",
  ],
  ["Hand it over, and then a first status.", "vedette --url … --ca ca.pem --token-file token document submit trust.signed.json"],
];

/** The first day: nothing can be signed, and this server cannot help it. */
function Beginning() {
  return (
    <section class="panel beginning" aria-labelledby="beginning">
      <header>
        <h2 id="beginning">Before the first task</h2>
      </header>
      <p>
        There is no trust file yet: nobody may sign, and machines carry nothing out. You make one on a machine of your own, so that this
        server never holds a key that a machine obeys.
      </p>
      <ol>
        {STEPS.map(([words, command]) => (
          <li key={command}>
            <p>{words}</p>
            <CopyText text={command.replace("…", location.origin)} label={words} />
          </li>
        ))}
      </ol>
      <p class="hint">
        Machines added from then on trust it by its SHA-256; those that are here already by <code>vedette-agent trust adopt</code>. All of it
        stands in docs/signing.md.
      </p>
    </section>
  );
}
