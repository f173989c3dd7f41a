#!/usr/bin/env node
// A first day at the console: the administrator's login, this machine live, another machine added, everything looked at.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessibility, DESK, logIn, PHONE, picture, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { openPortal } from "./portal.mjs";
import { main, test, until } from "./tap.mjs";

const USER = "ada";
const PASSWORD = "a lantern above the ford";
const LATE_MS = 20_000;
const OFFLINE_MS = 45_000;
const BEAT_MS = 15_000;
const MARGIN_MS = 5_000;
const AGE_MS = 5_000; // a shown age is at most so old

const row = (page, agent) => page.locator(`[data-agent="${agent}"]`);
const rowIs = (page, agent, state) => page.locator(`[data-agent="${agent}"][data-state="${state}"]`);

async function setUp() {
  const portal = await openPortal(await Deployment.start());
  const sandbox = mkdtempSync(join(tmpdir(), "v-machine-"));
  return {
    ...portal,
    sandbox,
    async close() {
      this.machine?.kill("SIGKILL");
      await portal.close();
      rmSync(sandbox, { recursive: true, force: true });
    },
  };
}

test("a link that is not good is refused with the reason", async ({ page }) => {
  await page.goto(`/#/link/${"x".repeat(43)}`);
  await page.getByRole("heading", { name: "This link cannot be used" }).waitFor();
});

test("first administrator by the one-time link", async (given) => {
  const { vedette, page } = given;
  const { link } = await vedette.cli("user", "first");
  await page.goto(link);
  await page.getByLabel("Password").fill("too short");
  await page.getByText("7 more to go.").waitFor();
  assert(await page.getByRole("button", { name: "Set up and log in" }).isDisabled());
  await picture(page, "link");
  given.app = await useLink(page, link, USER, PASSWORD);
  await page.getByText(`${USER}administrator`).waitFor();
});

test("this machine is online within 15 s, the connection live", async (given) => {
  const { vedette, page } = given;
  const [own] = await vedette.cli("agents");
  given.own = own.id;
  await rowIs(page, own.id, "online").waitFor();
  await page.locator(".connection.live").waitFor();
});

test("the shown age is at most 5 s old", async ({ page, own }) => {
  let beats = 0;
  let before = Infinity;
  const wrong = []; // just after a heartbeat the age before it may still stand there
  await until("a heartbeat", async () => {
    const shown = parseInt(await row(page, own).locator(".c-seen").innerText());
    const reply = await page.evaluate((id) => fetch(`/api/v1/agents/live?ids=${id}`).then((r) => r.json()), own);
    const age = reply.age_ms[0];
    if (Math.abs(shown * 1000 - age) > AGE_MS && age > AGE_MS) wrong.push(`shown ${shown} s, true ${age} ms`);
    if (age < before) beats++;
    before = age;
    return beats > 1; // the first is that of the first look
  }, 3 * BEAT_MS);
  assert.deepEqual(wrong, []);
});

test("without a trust file the tasks page says how one begins", async ({ page }) => {
  await page.goto("/#/tasks");
  const beginning = page.getByRole("region", { name: "Before the first task" });
  await beginning.getByText("vedette trust init trust.json").waitFor();
  await picture(page, "tasks-beginning");
});

test("an alert is wanted after 45 s: the limit is set on the alerts page", async ({ page }) => {
  await page.goto("/#/alerts");
  await page.getByText("All quiet. No alert is open.").waitFor();
  const limit = page.locator(".limits li", { hasText: "local" });
  await limit.getByRole("spinbutton").fill("45");
  await limit.getByRole("button", { name: "Set" }).click();
  await limit.locator("button:disabled").waitFor(); // nothing left to set
  await page.goto("/#/fleet");
});

test("frozen, it is late, then offline, then its alert opens; thawed, online: no reload", async ({ vedette, page, own }) => {
  await page.evaluate(() => (window.sameDocument = true));
  const began = performance.now();
  vedette.signal("agent", "SIGSTOP");
  try {
    await rowIs(page, own, "late").waitFor({ timeout: LATE_MS + MARGIN_MS });
    assert(performance.now() - began > LATE_MS - BEAT_MS);
    await rowIs(page, own, "offline").waitFor({ timeout: OFFLINE_MS - LATE_MS + MARGIN_MS });
    await page.locator(".badge").waitFor({ timeout: OFFLINE_MS + MARGIN_MS });
    assert.match(await page.title(), /^\(1\)/);
    await picture(page, "offline");
    await page.getByRole("link", { name: /Alerts/ }).click();
    await page.getByRole("region", { name: "Open alerts" }).getByText("Agent offline").waitFor();
    await picture(page, "alerts");
  } finally {
    vedette.signal("agent", "SIGCONT");
  }
  await page.getByText("All quiet. No alert is open.").waitFor({ timeout: 30_000 });
  await page.getByRole("region", { name: "Resolved alerts" }).waitFor();
  await page.goto("/#/fleet");
  await rowIs(page, own, "online").waitFor();
  assert(await page.evaluate(() => window.sameDocument), "the page was loaded anew");
});

test("add a machine: the command, executed, brings it online in the dialog", async (given) => {
  const { page, sandbox } = given;
  await page.getByRole("button", { name: "Add a machine" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Tenant").selectOption({ label: "New tenant …" });
  await dialog.getByLabel("Name of the new tenant").fill("acme");
  await dialog.getByLabel("Name of the new site").fill("harbour");
  await picture(page, "add");
  await dialog.getByRole("button", { name: "Make the command" }).click();
  const command = await dialog.getByRole("region", { name: "Command that adds a machine" }).innerText();
  assert(command.includes(" --ca sha256:"), command);
  await dialog.getByRole("region", { name: "What it will not do" }).getByText("There is no trust file yet").waitFor();
  await dialog.getByText("Waiting for the machine").waitFor();
  given.machine = await obey(command, sandbox);
  await dialog.getByText(/is online/).waitFor({ timeout: 30_000 });
  await picture(page, "added");
  given.added = Number((await dialog.getByRole("link", { name: "Open" }).getAttribute("href")).split("/").pop());
  await dialog.getByRole("link", { name: "Open" }).click();
  await page.getByText("acme / harbour").waitFor();
});

/** Run the command as a machine's user would, with a stand-in for sudo that installs nothing outside the sandbox. */
async function obey(command, sandbox) {
  const state = join(sandbox, "state");
  mkdirSync(join(sandbox, "bin"));
  mkdirSync(state, { mode: 0o700 });
  const standIn = (name, text) => writeFileSync(join(sandbox, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  standIn("id", "echo 1000"); // not root, so that the command asks for sudo
  standIn("sudo", `shift; exec ./vedette-agent/vedette-agent enrol --state ${state} --name lantern "$@"`);
  const environment = { ...process.env, TMPDIR: sandbox, PATH: `${join(sandbox, "bin")}:${process.env.PATH}` };
  let said = "";
  assert(command.includes("echo sudo) ./vedette-agent/install"), "the stand-ins would not catch it");
  const status = await new Promise((resolve) => {
    const shell = spawn("sh", ["-c", command], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    for (const out of [shell.stdout, shell.stderr]) out.on("data", (data) => (said += data));
    shell.on("close", resolve);
  });
  assert.equal(status, 0, said);
  const unpacked = readdirSync(sandbox).map((name) => join(sandbox, name, "vedette-agent/vedette-agent"));
  const program = unpacked.find((path) => existsSync(path));
  return spawn(program, ["run", "--state", state], { stdio: "ignore" });
}

test("the agent page: facts of the machine, presence, rename, maintenance", async ({ page, added }) => {
  await page.locator(".now.is-online").waitFor();
  // The inventory comes by mail, jittered. It may know of no disk: in a chroot none is mounted.
  await page.locator(".machine dd", { hasText: / cores?$/ }).waitFor({ timeout: 40_000 });
  await page.locator(".strip rect").first().waitFor();
  await page.getByText(/From .* to now: .*online/).waitFor();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name", { exact: true }).fill("lighthouse");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { name: "lighthouse" }).waitFor();
  await page.getByRole("button", { name: "Maintenance" }).click();
  await page.getByRole("button", { name: "Begin maintenance" }).click();
  await page.locator(".now.is-maintenance").waitFor();
  await picture(page, "agent");
  await page.getByRole("button", { name: "End maintenance" }).click();
  await page.locator(".now.is-online").waitFor();
  await page.goto("/#/fleet");
  await row(page, added).getByText("lighthouse").waitFor();
});

test("stopped cleanly it says goodbye; retired, it is refused for ever", async ({ page, added, machine }) => {
  await page.goto("/#/fleet");
  machine.kill("SIGTERM");
  await rowIs(page, added, "goodbye").waitFor();
  await row(page, added).click();
  await page.getByRole("button", { name: "Retire" }).click();
  const retire = page.getByRole("button", { name: "Retire for ever" });
  assert(await retire.isDisabled());
  await page.getByLabel("Type lighthouse to confirm").fill("lighthouse");
  await retire.click();
  await page.locator(".now.is-retired").waitFor();
});

test("tenants, enrolment tokens, API tokens, health", async ({ page }) => {
  await page.goto("/#/places");
  await page.getByLabel("New site of acme").fill("depot");
  await page.getByRole("region", { name: "acme" }).getByRole("button", { name: "Add" }).click();
  await page.getByText("depot").waitFor();
  await page.getByLabel("New site of acme").fill("depot");
  await page.getByRole("region", { name: "acme" }).getByRole("button", { name: "Add" }).click();
  await page.getByRole("alert").filter({ hasText: /.+/ }).waitFor();
  await page.goto("/#/api");
  await page.getByRole("button", { name: "New API token" }).click();
  await page.getByLabel("Name").fill("ci");
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByRole("region", { name: "API token", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Revoke ci" }).click();
  await page.getByText("There is no API token.").waitFor();
  await page.goto("/#/health");
  await page.getByText("Every process answers and can do its work.").waitFor();
  await picture(page, "health");
});

test("an enrolment token can be revoked", async ({ vedette, page }) => {
  await vedette.cli("token", "create", "--tenant", "acme", "--site", "depot");
  await page.goto("/#/tokens");
  await page.getByRole("cell", { name: "depot" }).waitFor();
  await page.getByRole("row").filter({ hasText: "depot" }).getByRole("button").click();
  await page.getByRole("cell", { name: "depot" }).waitFor({ state: "detached" });
});

test("the log away: every page says why nothing can be changed, the fleet is live, and all is well again by itself", async ({ vedette, page, own }) => {
  await page.goto("/#/places");
  const add = page.getByRole("region", { name: "acme" }).getByRole("button", { name: "Add" });
  const away = page.locator(".away", { hasText: /^Nothing can be changed: the log / });
  vedette.signal("audit", "SIGSTOP");
  try {
    await page.getByLabel("New site of acme").fill("tower");
    await add.click();
    await away.waitFor({ timeout: 20_000 });
    await page.goto("/#/fleet");
    await row(page, own).waitFor();
    await away.waitFor();
    await picture(page, "log-away");
  } finally {
    vedette.signal("audit", "SIGCONT");
  }
  await page.goto("/#/places");
  await page.getByLabel("New site of acme").fill("tower");
  await until("a change", async () => {
    if (await add.isEnabled()) await add.click();
    return page.getByText("tower").isVisible();
  });
  await away.waitFor({ state: "detached" });
});

test("by keyboard alone: to the table, down a row, into an agent, and back", async ({ page, own }) => {
  await page.goto("/#/fleet");
  await row(page, own).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("no such machine");
  await page.getByText(/No agent matches/).waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await row(page, own).waitFor();
  await until("the focus in the table", async () => {
    await page.keyboard.press("Tab");
    return page.evaluate(() => document.activeElement.getAttribute("role") === "grid");
  });
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  const active = await page.evaluate(() => {
    const id = document.activeElement.getAttribute("aria-activedescendant");
    return document.getElementById(id)?.dataset.agent;
  });
  await page.keyboard.press("Enter");
  await page.getByText(`agent ${active}`).waitFor();
  await page.goBack();
  await row(page, own).waitFor();
});

test("a session that ends leads to the login, and back to the same page", async ({ page, app, own }) => {
  await page.goto(`/#/agent/${own}`);
  await page.locator(".now").waitFor();
  await page.context().clearCookies();
  await page.getByText("Your session has ended.").waitFor();
  await logIn(page, USER, "a wrong password of length", await app.code());
  await page.getByRole("alert").filter({ hasText: /.+/ }).waitFor();
  await logIn(page, USER, PASSWORD, await app.code());
  await page.locator(".now").waitFor();
});

test("the portal away and back: the page says so, and is live again by itself", async ({ vedette, page }) => {
  const before = vedette.ready.pids.portal;
  vedette.signal("portal", "SIGKILL");
  await page.locator(".connection.lost", { hasText: "reconnecting since" }).waitFor();
  await until("another portal", () => vedette.isReady() && vedette.ready.pids.portal !== before, 40_000);
  await page.locator(".connection.live").waitFor({ timeout: 30_000 });
});

test("no violation of the content security policy, no exception", async ({ browser }) => {
  const restart = /net::ERR_|Failed to load resource/; // of the portal that was killed above
  assert.deepEqual(browser.complaints.filter((text) => !restart.test(text)), []);
});

test("every page in dark, light and on a phone: no finding by axe, nothing wider than the screen", async (given) => {
  const { vedette, browser, page, own } = given;
  const storageState = await page.context().storageState();
  for (const [name, options] of [
    ["dark", { colorScheme: "dark" }],
    ["light", { colorScheme: "light" }],
    ["phone", { colorScheme: "dark", viewport: PHONE, deviceScaleFactor: 2 }],
  ]) {
    // axe is a script from outside: the policy has been checked above, without it.
    const here = await browser.page(vedette.url, { ...options, storageState, bypassCSP: true });
    for (const place of ["fleet", `agent/${own}`, "alerts", "places", "tokens", "api", "health"]) {
      await here.goto(`/#/${place}`);
      await here.locator("h1").waitFor();
      await until("the page to be loaded", async () => !(await here.locator(".waiting").count()));
      assert.equal(await accessibility(here), "", `${name} ${place}`);
      const wide = await here.evaluate(() => document.documentElement.scrollWidth);
      assert(wide <= (options.viewport ?? DESK).width, `${name} ${place} is ${wide} px wide`);
      await picture(here, `${name}-${place.split("/")[0]}`);
    }
    await here.context().close();
  }
});

test("login and dialogs: no finding by axe; log out", async ({ vedette, browser, page }) => {
  const storageState = await page.context().storageState();
  const here = await browser.page(vedette.url, { bypassCSP: true, storageState });
  await here.goto("/#/fleet");
  await here.getByRole("button", { name: "Add a machine" }).click();
  await here.getByRole("button", { name: "Make the command" }).waitFor();
  assert.equal(await accessibility(here), "", "dialog");
  await here.keyboard.press("Escape");
  await here.getByRole("button", { name: "Log out" }).click();
  await here.getByRole("heading", { name: "Log in" }).waitFor();
  assert.equal(await accessibility(here), "", "login");
});

await main(setUp);
