#!/usr/bin/env node
// `vedette backup browse`: the trees of all backups on a page of one's own, where the key is. No server has a part in it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Browser, cleanly, picture } from "./browser.mjs";
import { ROOT } from "./deployment.mjs";
import { Office } from "./office.mjs";
import { main, test, until } from "./tap.mjs";

const HOSTILE = "<img src=x onerror=document.title='owned'>";
const TURNED = "invoice\u202Egnp.exe";
const ODD = Buffer.from("a-odd-\xff", "latin1"); // no UTF-8

const openssl = (...words) => execFileSync("openssl", words, { stdio: "pipe" });

function key(path) {
  openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path);
  openssl("pkey", "-in", path, "-pubout", "-out", `${path}.pub`);
  execFileSync("chmod", ["600", path]);
}

/** A machine's state, made by hand, and a target that is a folder. */
function machine(folder) {
  const at = (name) => join(folder, name);
  mkdirSync(at("state"), { mode: 0o700 });
  for (const name of ["target", "data", "data/letters"]) mkdirSync(at(name));
  const identity = { agent: 7, tenant: "acme", site: "hq", server: "https://localhost:7701", beat_port: 7700 };
  writeFileSync(at("state/identity"), JSON.stringify(identity), { mode: 0o600 });
  for (const name of ["state/sign.key", "k.pem"]) key(at(name));
  writeFileSync(at("targets.conf"), `[disk]\nurl = file://${at("target")}\nrecovery = ${at("k.pem")}.pub\n`, { mode: 0o600 });
  return at;
}

function backUp(at, slot, ...words) {
  const program = join(ROOT, "build/vedette-agent-backup");
  execFileSync(program, ["--state", at("state"), "--targets", at("targets.conf"), "--target", "disk", "--class", "daily", "--slot", slot,
    "--kept-until", "2026-12-30", ...words, at("data")], { stdio: "pipe" });
}

/** The letter is there in all three, and another in the newest; one is in the oldest alone. */
function write(at) {
  const put = (name, text) => writeFileSync(at(`data/${name}`), text);
  put("letters/to-bob.txt", "Dear Bob");
  put("letters/lost.txt", "gone since");
  put(HOSTILE, "x");
  put(TURNED, "x");
  writeFileSync(Buffer.concat([Buffer.from(`${at("data")}/`), ODD]), "x");
  for (let i = 0; i < 520; i++) put(`many-${String(i).padStart(4, "0")}`, "");
  backUp(at, "2026-11-20");
  rmSync(at("data/letters/lost.txt"));
  backUp(at, "2026-11-21");
  put("letters/to-bob.txt", "Dear Bob, more of it");
  backUp(at, "2026-11-22");
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "v-browse-"));
  const at = machine(folder);
  write(at);
  const office = new Office();
  const browser = await Browser.start();
  const one = office.start("backup", "browse", "--key", at("k.pem"), "--targets", at("targets.conf"), "disk", "--to", at("back"), "--port", String(await freePort()));
  await until("an address", () => /http:\S+/.test(one.said));
  const [url] = /http:\S+/.exec(one.said);
  const page = await browser.page(url, { acceptDownloads: true });
  return {
    at, office, browser, one, url, page,
    path: at("data").slice(1),
    async close() {
      await browser.close();
      office.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const files = (page) => page.getByRole("region", { name: "What stands in this folder" });

async function enter({ page, path }) {
  for (const part of path.split("/")) await files(page).getByRole("button", { name: `${part}/`, exact: true }).click();
  await files(page).getByRole("button", { name: "letters/" }).waitFor();
}

test("every backup is there, the newest first; names are text, whatever they are", async (given) => {
  const { page, url } = given;
  await page.goto(url);
  await page.getByRole("heading", { name: "3 backups" }).waitFor();
  await page.getByText(/^\d+ names in all of them/).waitFor();
  await page.getByText("22 Nov 2026", { exact: true }).waitFor();
  await enter(given);
  await files(page).getByText(HOSTILE).waitFor();
  await files(page).getByText("invoice[U+202E]gnp.exe").waitFor();
  await files(page).getByText("a-odd-\\377").waitFor();
  assert.equal(await page.locator(".files img").count(), 0);
  await page.getByText("500 of 524").waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await files(page).getByText("many-0519").waitFor();
  assert.match(await page.title(), /^Backups of /);
});

test("a search looks into all of them, and one name is seen over time", async ({ page }) => {
  await page.keyboard.press("/");
  await page.keyboard.type("*.txt");
  const found = page.getByRole("region", { name: "Names that were found" });
  await page.getByText("2 found in 3 of 3 backups").waitFor();
  await found.getByText("/letters/lost.txt").waitFor();
  await found.getByRole("button", { name: /^Versions of .*to-bob.txt: 2/ }).click();
  const versions = page.getByRole("dialog");
  await versions.getByText("22 Nov 2026", { exact: true }).waitFor();
  await versions.getByText("20 Nov 2026 … 21 Nov 2026 (2)").waitFor();
  await picture(page, "browse-versions");
  await versions.getByRole("button", { name: "Show there" }).nth(1).click();
  await files(page).getByText("to-bob.txt").waitFor();
  await page.getByText("21 Nov 2026", { exact: true }).waitFor();
  await page.goBack();
});

test("what is chosen comes back here, as it was in that backup", async (given) => {
  const { page, at, path } = given;
  await page.getByRole("group", { name: "Daily backups" }).getByRole("button", { name: "20 Nov" }).click();
  await files(page).getByRole("checkbox", { name: "Choose letters" }).check();
  await files(page).getByRole("checkbox", { name: "Choose a-odd-" }).check();
  await page.getByRole("button", { name: "Bring back here" }).click();
  await page.getByRole("dialog").getByLabel("Folder").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Bring back" }).click();
  await page.getByRole("heading", { name: "Brought back" }).waitFor();
  await page.getByRole("progressbar", { name: "Files brought back" }).waitFor();
  const back = at(`back/${path}`);
  assert.equal(readFileSync(join(back, "letters/to-bob.txt"), "utf8"), "Dear Bob");
  assert.equal(readFileSync(join(back, "letters/lost.txt"), "utf8"), "gone since");
  assert.equal(readFileSync(Buffer.concat([Buffer.from(`${back}/`), ODD]), "utf8"), "x");
  assert.equal(existsSync(join(back, "many-0001")), false);
});

test("the same becomes a document for people to sign; a name that is no text cannot stand in one", async ({ page, at }) => {
  await page.getByRole("button", { name: "A document to be signed" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("One name is no text").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Save restore.json" }).click()]);
  const made = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.deepEqual(made.paths, [at("data/letters")]);
  assert.deepEqual([made.kind, made.target, made.targets.length, made.targets[0].agent, made.user], ["restore", "disk", 1, 7, "root"]);
  assert.match(made.commit_sha256, /^[0-9a-f]{64}$/);
  await picture(page, "browse-document");
  await dialog.getByRole("button", { name: "Close" }).click();
});

test("who has not the whole address gets nothing", async ({ url, page }) => {
  const { origin } = new URL(url);
  for (const path of ["/", "/work", `/${"A".repeat(43)}/work`]) assert.equal((await page.request.get(origin + path)).status(), 403, path);
});

test("it is clean for screen readers, dark, light and on a phone", async ({ browser, page }) => {
  await picture(page, "browse-brought-back");
  await files(page).getByRole("button", { name: "letters/" }).click();
  await files(page).getByText("lost.txt").waitFor();
  const looker = await browser.page(page.url(), { bypassCSP: true });
  await looker.goto(page.url());
  await cleanly(looker, "browse", ".files");
});

test("Ctrl-C ends it; Chromium had nothing to complain of", async ({ one, browser }) => {
  one.process.kill("SIGINT");
  assert.equal(await one.ended, 0, one.said);
  assert.deepEqual(browser.complaints, []);
});

await main(setUp);
