/** The portal's UI: what is shown follows from the session and the address. */
import { render } from "preact";
import { useEffect } from "preact/hooks";

import { useCell } from "./cell";
import { Frame } from "./frame";
import { LinkPage } from "./pages/link";
import { LoginPage } from "./pages/login";
import { route } from "./route";
import { recall, session } from "./session";
import "./theme";

function App() {
  const who = useCell(session);
  const { page, item } = useCell(route);
  useEffect(() => void recall(), []);
  if (page === "link") return <LinkPage token={item} />;
  if (who === undefined) return <p class="waiting" role="status">Opening …</p>;
  // Another user is another frame: nothing of the last one's stays in memory.
  return who ? <Frame key={who.user} who={who} /> : <LoginPage />;
}

render(<App />, document.body);
