/** A one-time link: sets the login of the first administrator, or sets it anew. */
import type { LinkOpenReply } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import { CodeField, digits } from "../parts/code";
import { CopyText } from "../parts/copy";
import { Field, Problem, useWork } from "../parts/form";
import { Gate } from "../parts/gate";
import { useLoaded } from "../parts/loaded";
import { Qr } from "../parts/qr";
import { go } from "../route";
import { recall } from "../session";

const LEAST_PASSWORD = 16;

/** How good a new password is, in words. The server has the last word: it knows the breached ones. */
export function judge(password: string): { good: boolean; words: string } {
  const length = [...password].length;
  if (!length) return { good: false, words: `At least ${LEAST_PASSWORD} characters. A few unrelated words do well.` };
  if (length < LEAST_PASSWORD) return { good: false, words: `${LEAST_PASSWORD - length} more to go.` };
  const different = new Set(password.toLowerCase()).size;
  if (different < 6) return { good: false, words: "Long, but too few different characters." };
  if (length < 20) return { good: true, words: "Good. Each further word makes it far stronger." };
  return { good: true, words: "Strong." };
}

function Meter({ password }: { password: string }) {
  const { good, words } = judge(password);
  return (
    <>
      <meter min={0} max={24} low={LEAST_PASSWORD} optimum={24} value={Math.min(24, [...password].length)} aria-hidden="true" />
      <span role="status" class={good ? "good" : ""}>
        {words}
      </span>
    </>
  );
}

export function LinkPage({ token }: { token: string }) {
  const { data, problem } = useLoaded(() => call("link.open", { link_token: token }), [token]);
  if (data) return <SetLogin token={token} link={data} />;
  return (
    <Gate title={problem ? "This link cannot be used" : "Opening your link …"}>
      {problem && (
        <>
          <p>{problem.message}</p>
          <p class="hint">
            On the server, <code>vedette user reset NAME</code> makes a new link. <a href="#/">Go to the login</a>
          </p>
        </>
      )}
    </Gate>
  );
}

function SetLogin({ token, link }: { token: string; link: LinkOpenReply }) {
  const work = useWork();
  const [user, setUser] = useState(link.user ?? "");
  const [password, setPassword] = useState("");
  const [otp, setOtp] = useState("");
  const first = link.purpose === "first";

  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("link.use", { link_token: token, user: user.trim(), password, otp: digits(otp) });
      await recall();
      go("/fleet");
    });
  }

  return (
    <Gate title={first ? "Set up the first administrator" : `Set a new login for ${link.user}`}>
      <form onSubmit={submit}>
        <Field
          label="User name"
          field="user"
          value={user}
          change={setUser}
          problem={work.problem}
          readOnly={!first}
          autocomplete="username"
          autofocus={first}
          required
        />
        <Field
          label="Password"
          field="password"
          type="password"
          value={password}
          change={setPassword}
          problem={work.problem}
          autocomplete="new-password"
          required
          hint={<Meter password={password} />}
        />
        <fieldset class="otp">
          <legend>Authenticator app</legend>
          <Qr rows={link.otp_qr} label="QR code of the secret below, for an authenticator app" />
          <div>
            <p class="hint">Scan this with an authenticator app, or type the secret into it:</p>
            <CopyText text={link.otp_secret} label="Secret for the authenticator app" />
            <CodeField label="Code that the app shows" value={otp} change={setOtp} problem={work.problem} />
          </div>
        </fieldset>
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy || !judge(password).good}>
          {work.busy ? "Setting up …" : "Set up and log in"}
        </button>
      </form>
    </Gate>
  );
}
