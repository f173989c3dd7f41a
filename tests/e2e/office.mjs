// An administrator's machine, where documents are signed; and people with passkeys, in Chromium's virtual authenticator.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "./deployment.mjs";
import { until } from "./tap.mjs";

export const SIGN_PORT = 7720; // passkeys are bound to it
const PORT_MS = 60_000;

/** `vedette` in a folder of its own. */
export class Office {
  started = [];

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "v-office-"));
  }

  path(name) {
    return join(this.folder, name);
  }

  write(name, text) {
    writeFileSync(this.path(name), text, { mode: 0o600 });
  }

  text(name) {
    return readFileSync(this.path(name), "utf8");
  }

  start(...words) {
    const one = { out: "", said: "" };
    one.process = spawn(join(ROOT, "build/vedette"), ["--home", "home", ...words], { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    one.process.stdout.on("data", (data) => (one.out += data));
    one.process.stderr.on("data", (data) => (one.said += data));
    one.ended = new Promise((resolve) => one.process.once("close", resolve));
    this.started.push(one);
    return one;
  }

  async run(...words) {
    const one = this.start(...words);
    assert.equal(await one.ended, 0, `${words}: ${one.said}`);
    return one.out;
  }

  /** With a page: {url, …}. The port is one for all, and another run of these tests may have it. */
  async page(...words) {
    for (const { process } of this.started) process.kill("SIGTERM"); // of a test that failed
    const deadline = performance.now() + PORT_MS;
    for (;;) {
      const one = this.start(...words, "--browser", "--demo");
      await until("an address or an end", () => /http:\S+/.test(one.said) || one.process.exitCode !== null);
      const [url] = /http:\S+/.exec(one.said) ?? [];
      if (url) return Object.assign(one, { url });
      if (!/\(port\)/.test(one.said) || performance.now() > deadline) throw new Error(`${words}: ${one.said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The page of `vedette sign …`, open in a person's browser. */
  async review(person, ...words) {
    const one = await this.page("--json", ...words);
    await person.goto(one.url);
    await person.getByRole("button", { name: "Sign with a passkey" }).waitFor();
    return one;
  }

  /** What `vedette sign …` said when the person has signed there: a line each. */
  async signed(person, ...words) {
    const one = await this.review(person, ...words);
    await person.getByRole("button", { name: "Sign with a passkey" }).click();
    await person.getByText("Signed by").waitFor();
    assert.equal(await one.ended, 0, one.said);
    return one.out.trim().split("\n").map((line) => JSON.parse(line));
  }

  async makePasskey(person, name) {
    const one = await this.page("sign", "keygen", name);
    await person.goto(one.url);
    await person.getByRole("heading", { name: `A passkey for ${name}` }).waitFor();
    await person.getByRole("button", { name: "Make a passkey" }).click();
    await person.getByRole("button", { name: "Sign a test" }).click();
    await person.getByText("It works.").waitFor();
    assert.equal(await one.ended, 0, one.said);
  }

  close() {
    for (const { process } of this.started) process.kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A person's browser with a passkey reader; what it holds stays there. */
export async function person(browser) {
  const page = await browser.page(`http://localhost:${SIGN_PORT}`);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  page.verified = (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return page;
}

/** What Chromium said against our pages. ES256 alone is meant: agents verify nothing else. */
export function complaints(browser) {
  return browser.complaints.filter((words) => !/pubKeyCredParams/.test(words));
}
