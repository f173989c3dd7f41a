const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** "7.8 GiB" */
export function size(bytes: number): string {
  let at = 0;
  for (; bytes >= 1024 && at < UNITS.length - 1; at++) bytes /= 1024;
  return `${bytes.toFixed(at && bytes < 100 ? 1 : 0)} ${UNITS[at]}`;
}
