#!/usr/bin/env node
// `vedette sign --browser`: its own page on this machine, with passkeys of Chromium's virtual authenticator.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";

import { accessibility, Browser, PHONE, picture } from "./browser.mjs";
import { complaints, Office, person, SIGN_PORT as PORT } from "./office.mjs";
import { main, test } from "./tap.mjs";

const AGENT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const SCRIPT = "#!/bin/sh\n# caf\u00e9 \u202elive\nsystemctl restart nginx\n";

async function setUp() {
  const office = new Office();
  const browser = await Browser.start();
  const [ada, grace, eve] = [await person(browser), await person(browser), await person(browser)];
  await office.run("--state", "server", "init");
  office.write("facts.json", await office.run("--state", "server", "trust", "facts"));
  await office.run("sign", "keygen", "status.key", "--no-passphrase", "--demo");
  return {
    office, browser, ada, grace, eve,
    async close() {
      await browser.close();
      office.close();
    },
  };
}

test("passkeys are made, prove themselves, and their public halves are what a trust file has", async ({ office, ada, grace, eve }) => {
  await office.makePasskey(ada, "ada");
  await picture(ada, "sign-registered");
  await office.makePasskey(grace, "grace");
  await office.makePasskey(eve, "eve");
  const { type, rp_id, origin } = JSON.parse(office.text("ada"));
  assert.deepEqual([type, rp_id, origin], ["webauthn", "localhost", `http://localhost:${PORT}`]);
});

test("the first trust file is signed by both passkeys that it names", async ({ office, ada, grace }) => {
  await office.run("trust", "init", "trust.json", "--facts", "facts.json", "--status-key", "status.key.pub", "--person", "ada=ada",
    "--person", "grace=grace", "--threshold", "2");
  const [first] = await office.signed(ada, "sign", "trust.json");
  assert.equal(first.complete, false);
  await grace.setViewportSize(PHONE);
  const [second] = await office.signed(grace, "sign", "trust.signed.json");
  assert.equal(second.complete, true);
  await picture(grace, "sign-trust-phone");
});

test("a task is shown as its bytes say: what runs, as whom, where; nothing hides in it", async ({ office, ada, browser }) => {
  office.write("job.sh", SCRIPT);
  await office.run("task", "new", "task.json", "--title", "Restart the web server", "--user", "root", "--agent", `${AGENT}=web-1`,
    "--script", "job.sh", "--calendar", "Mon..Fri 18:30", "--zone", "Europe/Oslo", "--expires", "365d", "--canary", "1", "--ring", "5", "--stop-failures", "1");
  const one = await office.review(ada, "sign", "task.json");
  await ada.getByRole("heading", { name: "Restart the web server" }).waitFor();
  for (const words of [AGENT, "web-1", "Mon..Fri 18:30", "It runs as root", "2 signatures are needed", "1 first, then 5 at a time"])
    await ada.getByText(words).first().waitFor();
  const script = await ada.getByRole("region", { name: "Script" }).innerText();
  assert(script.includes("[U+202E]live") && !script.includes("\u202e"), script);
  assert.equal(await ada.getByRole("list", { name: "Next runs" }).getByRole("listitem").count(), 6);
  await ada.getByText(/^Exactly the/).click();
  assert.equal(await ada.getByRole("region", { name: "Bytes that are signed" }).innerText(), office.text("task.json").replaceAll("\u202e", "[U+202E]"));
  const looker = await browser.page(`http://localhost:${PORT}`, { bypassCSP: true }); // axe is a script that the policy keeps out
  await looker.goto(one.url);
  await looker.getByText(/^Exactly the/).click();
  await picture(looker, "sign-task");
  assert.equal(await accessibility(looker), "");
  await looker.emulateMedia({ colorScheme: "light" });
  await looker.setViewportSize(PHONE);
  await picture(looker, "sign-task-phone");
  assert.equal(await accessibility(looker), "");
  await looker.context().close();
  const shown = (await ada.locator(".hash").innerText()).replaceAll(" ", "");
  await ada.getByRole("button", { name: "Sign with a passkey" }).click();
  await ada.getByText("Signed by ada").waitFor();
  assert.equal(await one.ended, 0, one.said);
  const said = JSON.parse(one.out);
  assert.equal(shown, said.document_sha256);
  assert.equal(said.complete, false);
});

test("the second person sees who has signed, and completes it", async ({ office, grace }) => {
  const one = await office.review(grace, "sign", "task.signed.json");
  await grace.getByText("Signed so far by ada").waitFor();
  await grace.getByRole("button", { name: "Sign with a passkey" }).click();
  await grace.getByText("Signed by grace").waitFor();
  assert.equal(await one.ended, 0, one.said);
  const said = JSON.parse(one.out);
  assert.deepEqual([said.signers, said.complete], [2, true]);
});

test("a passkey that nobody named, or one without its PIN, signs nothing; the page stays", async ({ office, ada, eve, browser }) => {
  const one = await office.review(eve, "sign", "task.json", "--out", "eve.signed.json");
  await eve.getByRole("button", { name: "Sign with a passkey" }).click();
  await eve.getByText(/signature does not hold/).waitFor();
  await ada.goto(one.url);
  await ada.verified(false);
  await ada.getByRole("button", { name: "Sign with a passkey" }).click();
  await ada.getByText("Nothing was signed").waitFor();
  await ada.verified(true);
  await ada.getByRole("button", { name: "Do not sign" }).click();
  await ada.getByText("Nothing was signed. This page").waitFor();
  assert.equal(await one.ended, 1);
  assert.match(one.said, /\(declined\)/);
  assert(!existsSync(office.path("eve.signed.json")));
  browser.complaints = browser.complaints.filter((words) => !/status of 400/.test(words)); // the stranger's
});

test("a new version shows what changed", async ({ office, ada }) => {
  office.write("job.sh", SCRIPT.replace("nginx", "apache2"));
  await office.run("task", "new", "next.json", "--title", "Restart the web server", "--user", "www-data", "--agent", `${AGENT}=web-1`,
    "--script", "job.sh", "--replaces", "task.signed.json");
  const one = await office.review(ada, "sign", "next.json");
  await ada.getByRole("heading", { name: "Changed since version 1" }).waitFor();
  const diff = await ada.getByRole("region", { name: "Changed lines of Script" }).textContent();
  assert.match(diff, /− removed: systemctl restart nginx[^]*\+ added: systemctl restart apache2/);
  await ada.locator(".changes").getByText("www-data").waitFor();
  await ada.setViewportSize({ width: 1280, height: 1500 });
  await picture(ada, "sign-changes");
  one.process.kill("SIGINT");
  assert.equal(await one.ended, 1);
  assert.match(one.said, /\(interrupted\)/);
});

test("only whoever the user led there is answered, and nobody else can be this page", async ({ office }) => {
  const one = await office.page("--json", "sign", "task.json");
  const { pathname } = new URL(one.url);
  const status = (path, headers = {}, method = "GET", host = "127.0.0.1") =>
    new Promise((resolve, reject) => {
      const asked = request({ host, port: PORT, path, method, headers: { Host: `localhost:${PORT}`, ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on("error", reject);
      asked.end(method === "POST" ? "{}" : undefined);
    });
  const json = { "Content-Type": "application/json" };
  assert.equal(await status(`${pathname}work`), 200);
  assert.equal(await status("/work"), 403);
  assert.equal(await status(`${pathname.replace(/..\/$/, "xx/")}work`), 403);
  assert.equal(await status(`${pathname}work`, { Host: "rebound.example:7720" }), 403);
  assert.equal(await status(`${pathname}work`, { "Sec-Fetch-Site": "cross-site" }), 403);
  assert.equal(await status(`${pathname}refuse`, { ...json, Origin: "http://localhost:7721" }, "POST"), 403);
  assert.equal(await status(`${pathname}refuse`, json, "POST"), 403);
  await assert.rejects(new Promise((resolve, reject) => {
    const other = createServer().once("error", reject).listen({ port: PORT, host: "::1" }, () => other.close(resolve));
  }), /EADDRINUSE|EADDRNOTAVAIL|EAFNOSUPPORT/);
  assert.equal(await status(`${pathname}refuse`, { ...json, Origin: `http://localhost:${PORT}` }, "POST"), 200);
  assert.equal(await one.ended, 1);
});

test("Chromium had nothing to complain of", ({ browser }) => assert.deepEqual(complaints(browser), []));

await main(setUp);
