/** The page of `vedette sign --browser`: one document to look at and to sign, or one passkey to make. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Mark } from "../parts/mark";
import "../theme";
import { work, type Work } from "./ask";
import { Register } from "./register";
import { Review } from "./review";

function App() {
  const [of, setWork] = useState<Work | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => void work().then(setWork, (caught: Error) => setProblem(caught.message)), []);
  return (
    <div class="sign">
      <header class="house">
        <Mark />
        <span class="wordmark">Vedette</span>
        <span>{of?.for === "register" ? "a key of your own" : "signing, on this machine"}</span>
      </header>
      <main>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {!of && !problem && (
          <p class="waiting" role="status">
            Opening …
          </p>
        )}
        {of?.for === "sign" && <Review of={of} />}
        {of?.for === "register" && <Register of={of} />}
      </main>
    </div>
  );
}

render(<App />, document.body);
