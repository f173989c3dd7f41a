#!/usr/bin/env node
// Backups in the portal: a plan from the composer to its machine, one made at once and watched, its calendar, who could delete it; and files
// of it brought back.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { clean, picture, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { Machine } from "./machine.mjs";
import { complaints, Office } from "./office.mjs";
import { openPortal } from "./portal.mjs";
import { main, test, until } from "./tap.mjs";

const USER = "ada";
const PASSWORD = "a lantern above the ford";
const DEADLINE_MS = 30_000;

async function trustOf(office, vedette) {
  office.write("facts.json", await vedette.run("trust", "facts"));
  for (const name of ["ada", "status"]) await office.run("sign", "keygen", `${name}.key`, "--no-passphrase", "--demo");
  office.write("keyserver.json", await office.run("keyserver", "init", "--key-out", "restore.key"));
  await office.run("trust", "init", "trust.json", "--facts", "facts.json", "--status-key", "status.key.pub", "--person", "ada=ada.key.pub",
    "--keyserver", "keyserver.json");
  await office.run("sign", "trust.json", "--key", "ada.key", "--yes", "--demo");
  await office.run("trust", "status", "status.json", "--key", "status.key", "--yes", "--demo");
  for (const file of ["trust.signed.json", "status.json"]) await vedette.run("document", "submit", office.path(file));
  return (await office.run("trust", "show")).match(/sha256:[0-9a-f]{64}/)[0];
}

const POLICY = "users = * root\nkinds = task backup-plan";

/** Files to back up, and a folder to put them into. */
function prepare(machine, office) {
  writeFileSync(machine.at("policy.conf"), `${POLICY} restore\n`);
  for (const folder of ["data", "target"]) mkdirSync(machine.at(folder));
  for (let i = 0; i < 20; i++) writeFileSync(machine.at(`data/letter-${i}`), randomBytes(100_000));
  const openssl = (...words) => execFileSync("openssl", words, { stdio: "pipe" });
  openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", machine.at("k.pem"));
  openssl("pkey", "-in", machine.at("k.pem"), "-pubout", "-out", machine.at("k.pub"));
  writeFileSync(machine.at("targets.conf"), `[disk]\nurl = file://${machine.at("target")}\nrecovery = ${machine.at("k.pub")}\nrestore_service = ${office.path("restore.key.pub")}\n`, { mode: 0o600 });
  return ["--targets", machine.at("targets.conf")];
}

async function setUp() {
  const office = new Office();
  const portal = await openPortal(await Deployment.start());
  const { vedette } = portal;
  const given = {
    ...portal,
    office,
    async close() {
      given.machine?.close();
      office.close();
      await portal.close();
    },
  };
  const trust = await trustOf(office, vedette);
  await vedette.run("tenant", "add", "acme");
  await vedette.run("site", "add", "acme", "oslo");
  given.machine = await Machine.start(vedette, "web-1", trust, (one) => prepare(one, office));
  office.write("token", (await vedette.cli("apitoken", "create", "--name", "ada-cli", "--role", "operator")).token);
  given.remote = ["--url", vedette.url, "--ca", join(vedette.state, "ca.pem"), "--token-file", "token"];
  await useLink(given.page, (await vedette.cli("user", "first")).link, USER, PASSWORD);
  return given;
}

test("the composer offers the machine's own targets, says who could delete there, and when backups are due", async (given) => {
  const { page, machine } = given;
  await page.goto("/#/backups");
  await page.getByText("No plan has been signed yet").waitFor();
  await page.getByRole("link", { name: "New plan" }).click();
  await page.getByLabel("Title").fill("Letters");
  await page.getByLabel("Folders and files").fill(machine.at("data"));
  await page.getByPlaceholder("Search").fill("web-1");
  await page.getByRole("region", { name: "Found" }).getByRole("button", { name: "Add web-1" }).click();
  await page.getByRole("region", { name: "Will be signed for" }).locator("code", { hasText: /^[0-9a-f]{16}$/ }).waitFor();
  await page.getByRole("group", { name: "Targets of the chosen machines" }).getByRole("button", { name: "disk all of them" }).click({ timeout: DEADLINE_MS });
  await page.getByText("Whoever takes over the machine can delete its backups at disk").waitFor();
  await page.getByLabel("Time zone").fill("Europe/Oslo");
  const weekly = page.getByRole("region", { name: "Next weekly backups" });
  await weekly.getByText(/^Mon/).first().waitFor();
  await page.getByRole("checkbox", { name: "Weekly" }).uncheck();
  await page.getByLabel("Line, MiB a second").fill("0.25"); // some seconds of it are to be seen
  await page.setViewportSize({ width: 1280, height: 1900 });
  await picture(page, "compose-plan");
  await clean(given, "compose-plan-empty", ".timing");
});

test("signed elsewhere, it is in force: its page says so, machine by machine", async (given) => {
  const { page, office, remote, machine } = given;
  await page.getByRole("button", { name: "Put it down for signing" }).click();
  await page.getByText("0 of 1 signature").waitFor();
  given.document = /plan\/([0-9a-f]{32})/.exec(page.url())[1];
  await page.getByRole("region", { name: "What would be signed" }).getByText(machine.at("data"), { exact: true }).waitFor();
  await page.goto("/#/backups");
  await page.getByRole("region", { name: "Documents that wait" }).getByText("Letters").waitFor();
  await page.getByRole("link", { name: "Letters" }).click();
  await office.run(...remote, "sign", "draft", given.document, "--key", "ada.key", "--yes", "--demo");
  await page.getByRole("region", { name: "Machines and their backups" }).getByRole("link", { name: "web-1" }).waitFor({ timeout: DEADLINE_MS });
  await picture(page, "plan");
  await clean(given, "plan-page", ".machines");
});

test("a backup that was asked for is watched until it is done, without being asked again", async (given) => {
  const { page, vedette } = given;
  await page.getByRole("region", { name: "Machines and their backups" }).getByRole("link", { name: "web-1" }).click();
  await page.getByText("None yet.").waitFor();
  given.agent = Number(/backups\/(\d+)/.exec(page.url())[1]);
  const holds = async () => (await vedette.cli("agents")).find((one) => one.id === given.agent)?.state === "online";
  await until("the machine to be online", holds);
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Back up now" }).click();
  const running = page.getByRole("region", { name: "Under way" });
  await running.getByRole("progressbar").waitFor({ timeout: DEADLINE_MS });
  await running.getByText(/ a second/).waitFor({ timeout: DEADLINE_MS });
  await picture(page, "backup-running");
  const list = page.getByRole("region", { name: "Backups of this machine" });
  await list.getByText("done").waitFor({ timeout: DEADLINE_MS });
  await running.waitFor({ state: "detached" });
  await list.getByRole("button", { name: /^All/ }).first().click();
  await list.getByText("SHA-256 of its commit").waitFor();
  await list.getByRole("link", { name: "its entry in the log" }).waitFor();
});

test("the calendar says what becomes of each, by a date, and why; the arrow keys walk it", async (given) => {
  const { page } = given;
  const calendar = page.getByRole("region", { name: "Calendar" });
  const made = calendar.getByRole("group", { name: "By hand backups" }).getByRole("button").first();
  await made.click();
  await calendar.getByRole("status").getByText(/^By hand of .* is kept until/).waitFor();
  await calendar.getByLabel("As it will be").selectOption("7");
  const daily = calendar.getByRole("group", { name: "Daily backups" });
  await daily.getByRole("button", { name: /not made yet/ }).nth(1).waitFor();
  await daily.getByRole("button").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  assert.equal(await daily.getByRole("button").nth(1).getAttribute("aria-pressed"), "true");
  await page.setViewportSize({ width: 1280, height: 2000 });
  await picture(page, "agent-backups");
  await clean(given, "agent-backups-page", ".cells button");
});

test("it is said who could delete, and that nobody has proven a restore", async ({ page }) => {
  const standing = page.getByRole("region", { name: "How they are" });
  await standing.getByText("Whoever takes over the machine can delete its backups at disk").waitFor();
  await standing.getByText("never").waitFor();
});

test("the agent's page and the list of all machines have it, too", async (given) => {
  const { page, agent } = given;
  await page.goto(`/#/agent/${agent}`);
  const own = page.getByRole("region", { name: "Backup plans of this agent" });
  await own.getByText("done", { exact: true }).waitFor();
  await clean(given, "agent-with-backups", "#agent-backups");
  await page.goto("/#/backups");
  await page.getByRole("region", { name: "Backup plans", exact: true }).getByText("Letters").waitFor();
  await clean(given, "backups", ".machines");
});

test("files of a backup come back: composed from its row, signed elsewhere, with keys from the key service, watched to its end", async (given) => {
  const { page, agent, office, remote, machine } = given;
  office.start(...remote, "keyserver", "run", "--key", "restore.key", "--every", "1s");
  await page.goto(`/#/backups/${agent}`);
  await page.getByRole("region", { name: "Backups of this machine" }).getByRole("link", { name: /^Restore/ }).first().click();
  await page.getByText("The backup of").waitFor();
  assert.match(await page.getByLabel("Title").inputValue(), /^Files of web-1, /);
  await page.getByLabel("Files", { exact: true }).selectOption("paths");
  const paths = page.getByLabel("Files and folders, a whole path a line");
  await paths.fill("data/letter-3");
  await page.getByText("it is written whole and in one form").first().waitFor();
  await paths.fill(`${machine.at("data/letter-3")}\n${machine.at("data/letter-4")}`);
  await page.getByLabel("Folder on the machine").fill(machine.at("back"));
  await page.getByText("Which files are in it?").click();
  await page.getByText("vedette backup browse --key recovery.pem TARGET").waitFor();
  await page.getByRole("group", { name: "Targets of the machine" }).getByRole("button", { name: "disk" }).waitFor();
  await page.setViewportSize({ width: 1280, height: 2000 });
  await picture(page, "compose-restore");
  await clean(given, "compose-restore-page", ".composer");
  await page.getByRole("button", { name: "Put it down for signing" }).click();
  await page.getByText("0 of 1 signature").waitFor();
  given.restore = /restore\/([0-9a-f]{32})/.exec(page.url())[1];
  await office.run(...remote, "sign", "draft", given.restore, "--key", "ada.key", "--yes", "--demo");
  const run = page.getByRole("region", { name: "How it goes" });
  await run.getByText("done", { exact: true }).waitFor({ timeout: DEADLINE_MS });
  await run.getByText(/195 KiB of 195 KiB written/).waitFor({ timeout: DEADLINE_MS });
  for (const name of ["letter-3", "letter-4"])
    assert.deepEqual(readFileSync(join(machine.at("back"), machine.at(`data/${name}`))), readFileSync(machine.at(`data/${name}`)));
  await picture(page, "restore-done");
  await clean(given, "restore-page", "#restore");
});

test("one that the machine's owner does not permit says so, and what would change it", async (given) => {
  const { page, agent, office, remote, machine } = given;
  writeFileSync(machine.at("policy.conf"), `${POLICY}\n`);
  await page.getByRole("link", { name: "New version" }).click();
  await page.getByRole("button", { name: "Put it down for signing" }).click();
  await page.getByText("0 of 1 signature").waitFor();
  await office.run(...remote, "sign", "draft", given.restore, "--key", "ada.key", "--yes", "--demo");
  const run = page.getByRole("region", { name: "How it goes" });
  await run.getByText("refused", { exact: true }).waitFor({ timeout: DEADLINE_MS });
  await run.getByText("permits no restores").waitFor();
  await page.goto(`/#/backups/${agent}`);
  const list = page.getByRole("region", { name: "Restores that were signed" });
  await list.getByText("refused", { exact: true }).waitFor();
  await clean(given, "restores", ".restores");
});

test("Chromium had nothing to complain of", ({ browser }) => assert.deepEqual(complaints(browser), []));

await main(setUp);
