/** Log in with user name, password and a code. The address stays, so that one is back where one was. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { useCell } from "../cell";
import { CodeField, digits } from "../parts/code";
import { Field, Problem, useWork } from "../parts/form";
import { Gate } from "../parts/gate";
import { ended, recall } from "../session";

export function LoginPage() {
  const why = useCell(ended);
  const work = useWork();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [otp, setOtp] = useState("");

  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      try {
        await call("session.login", { user: user.trim(), password, otp: digits(otp) });
        await recall();
      } catch (problem) {
        setOtp(""); // a code is good once
        throw problem;
      }
    });
  }

  return (
    <Gate title="Log in">
      {why && <p class="note">{why}</p>}
      <form onSubmit={submit}>
        <Field label="User name" value={user} change={setUser} autocomplete="username" autofocus required />
        <Field
          label="Password"
          type="password"
          value={password}
          change={setPassword}
          autocomplete="current-password"
          required
        />
        <CodeField value={otp} change={setOtp} />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          {work.busy ? "Checking …" : "Log in"}
        </button>
      </form>
    </Gate>
  );
}
