/** The sign of the house: a horse's head and a lance with its pennon, a sentry ahead of the camp. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        class="horse"
        d="M7.6 28h12.6c1.5-5.6-.2-8.6 1-13 .9-3.3-.8-7-5.6-8.6L14.4 3.6l-1.3 3C9.4 8.2 7 12.2 4.8 15.6c-.7 1.1.2 2.7 1.6 2.8 1.8.2 3-.8 4.6-1.6 1.5-.7 2.5-.3 2.5.9 0 3.2-5.4 4.6-5.9 10.3z"
      />
      <path class="lance" d="M24.1 3.5h1.5V28h-1.5zM25.6 4l5 2.3-5 2.3z" />
    </svg>
  );
}
