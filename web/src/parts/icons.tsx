/** Small line drawings, 20 × 20, in the colour of the text around them. */
const PATHS = {
  fleet: "M3 5h14M3 10h14M3 15h14M6 3.2v3.6M12 8.2v3.6M8.5 13.2v3.6",
  tasks: "M4 3h12v14H4zM7 7.2l1.2 1.2L10.4 6M12 7.2h1.8M7 12.4l1.2 1.2 2.2-2.4M12 12.6h1.8",
  backups: "M10 3c3.9 0 7 1.1 7 2.5S13.9 8 10 8 3 6.9 3 5.5 6.1 3 10 3zM3 5.5v9C3 15.9 6.1 17 10 17s7-1.1 7-2.5v-9M3 10c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5",
  alerts: "M10 2.5 18 16.5H2zM10 8v4M10 14.2v.6",
  log: "M5 2.5h10v15H5zM8 6.5h4M8 10h4M8 13.5h2.5",
  streams: "M2 6c2.7-3 5.3 3 8 0s5.3 3 8 0M2 10.5c2.7-3 5.3 3 8 0s5.3 3 8 0M2 15c2.7-3 5.3 3 8 0s5.3 3 8 0",
  places: "M3 17V8l5-3v12M8 17V3.5h9V17M2 17h16M11 7h3M11 10.5h3M11 14h3",
  tokens: "M3 6.5h14v2.2a1.5 1.5 0 0 0 0 2.8v2.5H3v-2.5a1.5 1.5 0 0 0 0-2.8zM12.5 6.5v8",
  keys: "M7 8a3.5 3.5 0 1 0 .01 0zM9.6 9.2 16.5 3M13.4 5.8l2.2 2.4",
  health: "M2 11h4l2-6 3.5 10L13.5 9l1 2H18",
  add: "M10 4v12M4 10h12",
  search: "M8.5 3a5.5 5.5 0 1 0 .01 0zM12.6 12.6 17 17",
  sun: "M10 6.5a3.5 3.5 0 1 0 .01 0zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
  moon: "M16.5 12A7 7 0 1 1 8 3.5a5.6 5.6 0 0 0 8.5 8.5z",
  leave: "M8 3H3.5v14H8M8.5 10h8.5M13.5 6.5 17 10l-3.5 3.5",
  copy: "M7 7h9v10H7zM4 13V3h9",
  close: "M5 5l10 10M15 5 5 15",
  up: "M5 12.5 10 7.5l5 5",
  down: "M5 7.5l5 5 5-5",
  back: "M12.5 5 7.5 10l5 5",
  done: "M4 10.5 8 14.5 16 5.5",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
