/** A QR code from its rows of 0 and 1, drawn as one path: dark on light in every theme, because scanners want that. */
const QUIET = 3; // modules of margin

export function Qr({ rows, label }: { rows: string; label: string }) {
  const lines = rows.split("/");
  const side = lines.length + 2 * QUIET;
  let path = "";
  lines.forEach((line, y) => {
    for (const run of line.matchAll(/1+/g)) path += `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1h-${run[0].length}z`;
  });
  return (
    <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
