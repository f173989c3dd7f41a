/** Log in with user name, password and a code. The address stays, so that one is back where one was. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { useCell } from "../cell";
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
        await call("session.login", { user: user.trim(), password, otp: otp.replace(/\s/g, "") });
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
        <Field
          label="Code from your authenticator app"
          value={otp}
          change={setOtp}
          inputMode="numeric"
          pattern="[0-9 ]{6,7}"
          title="six digits"
          autocomplete="one-time-code"
          required
        />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          {work.busy ? "Checking …" : "Log in"}
        </button>
      </form>
    </Gate>
  );
}
