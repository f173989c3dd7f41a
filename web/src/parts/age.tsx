/** Times as people read them: live ages, and moments with the full date on hover. */
import { exactSpan, moment, serverNow } from "../clock";

export function Moment({ time }: { time: string }) {
  return (
    <time dateTime={time} title={new Date(time).toISOString()}>
      {moment(time)}
    </time>
  );
}

/** How long something has lasted; whoever shows it renders every second. */
export function Lasting({ since }: { since: string }) {
  return <>{exactSpan(serverNow() - Date.parse(since))}</>;
}
