/** Names and values of a document. */
import type { ComponentChildren } from "preact";

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A time wholly, with its day and zone: what is signed holds for months, and people sit elsewhere than machines. */
export function When({ time, zone }: { time: string; zone?: string }) {
  const at = new Date(time);
  const words = (timeZone?: string) =>
    new Intl.DateTimeFormat("en-GB", {
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: at.getUTCSeconds() ? "2-digit" : undefined,
      timeZone,
      timeZoneName: "short",
    }).format(at);
  return <time dateTime={time}>{known(zone) ? words(zone) : words()}</time>;
}

/** The browser's list of zones may be another than the agent's. */
function known(zone?: string): boolean {
  try {
    return !!zone && !!new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    return false;
  }
}
