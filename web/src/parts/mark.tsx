/** The sign of the house: a horse's head and a lance with its pennon, a sentry ahead of the camp. */
const LANCE = "M22.6 2.2l1.5.5L19 18h-1.5zM23.8 3l7.2.9-3 2 2 2.7-7.7-.9z";
const HORSE =
  "M14.7 5.2l.7 3.1c3.9 1.2 6.2 4.3 6.6 8.2.4 4.2-1.7 7.2-1.5 11.5H8.3c.4-4.6 5.6-6.3 5.9-9.9 0-.8-.7-1.1-1.6-.8-1.4.5-2.5 " +
  "1.9-4.3 2.4-1.3.4-2.3-.1-2.9-.9l-1.1-1.4c-.4-.6-.3-1.2.1-1.8l4.3-6.3 1-3.1 1.6 1.6c.4-.9 1.6-2.2 3.4-2.6zM11.8 10.750a.85.85 0 1 0 .01 0z";

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="lance" d={LANCE} />
      <path class="horse" d={HORSE} fill-rule="evenodd" />
    </svg>
  );
}
