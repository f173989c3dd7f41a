/** The server's clock, as far as this browser can know it, and times in words. */

let ahead_ms = 0; // server's clock minus ours

/** Every reply that carries the server's clock sets ours. */
export function heardClock(now: string): void {
  ahead_ms = Date.parse(now) - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead_ms;
}

const UNITS: [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** "12 s", "3 min", "5 h", "2 d". */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  for (const [size, unit] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

/** The same with the next smaller unit: "3 min 20 s". */
export function exactSpan(ms: number): string {
  const first = span(ms);
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const at = UNITS.findIndex(([size]) => seconds >= size);
  if (at < 0) return first;
  const rest = seconds % UNITS[at]![0];
  return rest && (at < 2 ? rest >= UNITS[at + 1]![0] : true) ? `${first} ${span(rest * 1000)}` : first;
}

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** "14:03:22" today, "3 Nov, 14:03:22" else, with the year when it is another. */
export function moment(time: string | number): string {
  const date = new Date(time);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return TIME.format(date);
  return `${(date.getFullYear() === today.getFullYear() ? DAY : YEAR).format(date)}, ${TIME.format(date)}`;
}

export function ago(time: string): string {
  return span(serverNow() - Date.parse(time)) + " ago";
}
