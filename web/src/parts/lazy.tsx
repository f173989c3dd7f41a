/** Pages that are fetched when they are first wanted: the first load stays small. */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let known: FunctionComponent<P> | null = null;
  return function Lazy(props: P) {
    const [Loaded, setLoaded] = useState(() => known);
    const [lost, setLost] = useState(false);
    useEffect(() => {
      if (known) return;
      load().then(
        (found) => setLoaded(() => (known = found)),
        () => setLost(true), // not there any more: the portal is another one than the page's
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return <p class="waiting">{lost ? "This page could not be fetched. Load the portal anew." : "Opening …"}</p>;
  };
}
