/** Streams: who hears the log, how far each has come, and who keeps it honest. */
import { Page } from "../frame";
import { may, type Session } from "../session";
import { Outputs } from "../streams/outputs";
import { Subscribers } from "../streams/subscribers";
import { Witnesses } from "../streams/witnesses";

export function StreamsPage({ who }: { who: Session }) {
  return (
    <Page title="Streams">
      <p class="intro">
        Everything here reads from the log and keeps its own place in it: whoever was away goes on where they were, and misses nothing that
        is still kept.
      </p>
      <Outputs who={who} />
      {may(who, "administrator") ? (
        <Subscribers />
      ) : (
        <p class="hint">Subscribers are listed for administrators.</p>
      )}
      <Witnesses who={who} />
    </Page>
  );
}
