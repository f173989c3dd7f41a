#!/usr/bin/env node
// The log and its streams, as SOC staff and auditors use them: searched, followed, proven in the browser, and who hears it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { accessibility, DESK, PHONE, picture, useLink } from "./browser.mjs";
import { Deployment, ROOT } from "./deployment.mjs";
import { Receiver } from "./receiver.mjs";
import { openPortal } from "./portal.mjs";
import { main, test, until } from "./tap.mjs";

const execute = promisify(execFile);

async function setUp() {
  const portal = await openPortal(await Deployment.start(), { acceptDownloads: true });
  return {
    ...portal,
    async close() {
      this.subscriber?.kill("SIGKILL");
      this.receiver?.close();
      await portal.close();
    },
  };
}

const rows = (page) => page.locator(".entries .extent .row");
const entry = (page, words) => rows(page).filter({ hasText: words }).first();
const choose = (page, label, value) => page.locator(".log-filters").getByLabel(label, { exact: true }).selectOption(value);
const saved = async (page, button) => {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return readFileSync(await file.path(), "utf8");
};

/** An API token, made as the page's user. */
const tokenOf = (page, wanted) =>
  page.evaluate(async (body) => {
    const { csrf } = await (await fetch("/api/v1/session")).json();
    const headers = { "Content-Type": "application/json", "X-Vedette-CSRF": csrf };
    return (await fetch("/api/v1/api-tokens", { method: "POST", headers, body })).json();
  }, JSON.stringify({ name: `test-${wanted.tenant ?? "all"}`, ttl_s: 600, ...wanted }));

test("what happened stands in the log, newest first, with words that people read", async (given) => {
  const { vedette, page } = given;
  for (const tenant of ["acme", "borealis"]) await vedette.run("tenant", "add", tenant);
  for (const site of ["harbour", "depot", "plant-2"]) await vedette.run("site", "add", "acme", site);
  const { link } = await vedette.cli("user", "first");
  await useLink(page, link, "ada", "a lantern above the ford");
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await page.getByRole("heading", { name: "Log" }).waitFor();
  await entry(page, "plant-2").waitFor();
  await entry(page, "a user logged in").waitFor();
  await entry(page, "a machine joined").waitFor();
  await picture(page, "log");
});

test("filters narrow it, stand in the address, and survive a reload", async ({ page }) => {
  await page.getByRole("searchbox").fill("depot");
  await entry(page, "plant-2").waitFor({ state: "detached" });
  await entry(page, "depot").waitFor();
  await page.getByRole("searchbox").fill("");
  await choose(page, "Type", "operation.requested");
  await page.getByLabel("Actor", { exact: true }).fill("cli:0");
  await entry(page, "a user logged in").waitFor({ state: "detached" });
  await until("the address", () => /type=operation\.requested.*actor=cli/.test(decodeURIComponent(page.url())));
  await page.reload();
  await entry(page, "plant-2").waitFor();
  assert.equal(await entry(page, "a user logged in").count(), 0);
  assert.equal(await page.getByLabel("Actor", { exact: true }).inputValue(), "cli:0");
  await page.goto("/#/log");
  await entry(page, "a user logged in").waitFor();
  await page.getByRole("button", { name: "fleet", exact: true }).click();
  await entry(page, "a user logged in").waitFor({ state: "detached" });
  await entry(page, "a machine joined").waitFor();
  await page.goto("/#/log");
  await page.getByRole("searchbox").fill("no such words anywhere");
  await page.getByText("No entry matches.").waitFor();
  await page.goto("/#/log");
});

test("the histogram: a click and a row of its table narrow the time", async ({ page }) => {
  await choose(page, "Time", "15m");
  await page.locator(".ends", { hasText: /^[\d:]*$/ }).waitFor(); // within a day, hours alone
  const bar = await page.locator(".chart rect.hit").last().boundingBox();
  await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
  await page.getByText("This period is over").waitFor();
  assert.match(page.url(), /from=.*to=/);
  await until("entries of that time", async () => (await rows(page).count()) > 0);
  await page.getByRole("button", { name: "back to the last 24 hours" }).click();
  await page.getByText("The same as a table").click();
  await page.getByRole("button", { name: /Only these/ }).first().click();
  await page.getByText("This period is over").waitFor();
  await page.goto("/#/log");
});

test("a fresh event comes in by itself; held back while paused, and counted", async ({ vedette, page }) => {
  await page.locator(".follow .live").waitFor();
  await page.evaluate(() => (window.sameDocument = true));
  await vedette.run("site", "add", "borealis", "fresh-one");
  await entry(page, "fresh-one").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await vedette.run("site", "add", "borealis", "held-back");
  await page.getByRole("button", { name: /Go on \(\d+ new\)/ }).waitFor();
  assert.equal(await entry(page, "held-back").count(), 0);
  await page.getByRole("button", { name: /Go on/ }).click();
  await entry(page, "held-back").waitFor();
  assert(await page.evaluate(() => window.sameDocument));
});

test("an entry: fields, a link to what it is about, the exact bytes", async (given) => {
  const { vedette, page } = given;
  await entry(page, "fresh-one").click();
  const detail = page.getByRole("complementary");
  await detail.getByText("site.add").first().waitFor();
  await detail.getByText("The entry as it is stored").click();
  const bytes = await saved(page, detail.getByRole("button", { name: "Save", exact: true }));
  given.id = JSON.parse(bytes).id;
  const [log, sequence] = given.id.split("-");
  const stored = () => page.evaluate((path) => fetch(path).then((reply) => reply.json()), `/api/v1/log/${log}/${sequence}`);
  const { entry: opened, leaf } = await until("its tiles", async () => (await stored()).entry && stored());
  assert.equal(bytes, leaf ?? opened);
  given.bytes = bytes;
  await detail.getByRole("button", { name: "only these of Asked by" }).click();
  await until("the filter", async () => (await page.getByLabel("Actor", { exact: true }).inputValue()) === "cli:0");
  const [own] = await vedette.cli("agents");
  await page.goto(`/#/log?agent=${own.id}`);
  await entry(page, `agent/${own.id}`).click();
  await detail.getByRole("link", { name: `agent ${own.id}` }).click();
  await page.locator(".now").waitFor();
});

test("prove it: leaf, inclusion, signature; a receipt that the command line verifies", async ({ vedette, page, id, bytes }) => {
  await page.goto(`/#/log/${id}`);
  const proof = page.locator(".proof");
  await proof.getByRole("button", { name: "Prove it" }).click();
  await proof.getByText(/^Proven: this is entry/).waitFor();
  for (const step of ["Key", "Bundle", "Entry", "Signature", "Inclusion"]) await proof.locator(".steps .outcome-good", { hasText: step }).first().waitFor();
  await proof.getByText(/only detectable by who holds two checkpoints/).waitFor();
  await picture(page, "log-proof");
  const folder = join(vedette.state, "auditor");
  mkdirSync(folder);
  const receipt = await saved(page, proof.getByRole("button", { name: "Save the receipt" }));
  const [file, text, vkey] = ["receipt", "entry", "vkey"].map((name) => join(folder, name));
  writeFileSync(file, receipt);
  writeFileSync(text, bytes);
  writeFileSync(vkey, readFileSync(join(vedette.state, "log/ops/vkey")));
  await vedette.run("log", "verify", "--vkey", vkey, "--receipt", file, "--entry", text);
  await vedette.run("site", "add", "borealis", "one-more");
  await until("a log that has grown", () => Number(readFileSync(join(vedette.state, "log/ops/checkpoint"), "utf8").split("\n")[1]) > Number(id.split("-")[1]) + 2);
  await proof.getByRole("button", { name: "Prove it again" }).click();
  await proof.getByText(/is still there, unchanged and in its place/).waitFor();
});

test("a witness cosigns: the streams page shows how far, and the proof by whom", async ({ vedette, page, id }) => {
  const folder = join(vedette.state, "witness");
  mkdirSync(folder);
  const [key, token] = ["key", "token"].map((name) => join(folder, name));
  const vkey = (await vedette.run("witness", "init", "--name", "lookout.example/w", "--key-out", key)).trim();
  await page.goto("/#/streams");
  await page.getByRole("button", { name: "Add a witness" }).click();
  await page.getByLabel("Public key").fill(vkey);
  await page.getByRole("button", { name: "Let its cosignatures count" }).click();
  const row = page.getByRole("row", { name: /lookout/ });
  await row.getByText("not heard of yet").waitFor();
  writeFileSync(token, (await tokenOf(page, { role: "viewer" })).token, { mode: 0o600 });
  const ca = ["--url", vedette.url, "--ca", join(vedette.state, "ca.pem"), "--token-file", token, "--state", folder];
  await execute(join(ROOT, "build/vedette"), [...ca, "witness", "run", "--key", key, "--pin-first", "--once"]);
  await row.getByText("cosigns").waitFor();
  await page.goto(`/#/log/${id}`);
  await until("a proof under its cosignature", async () => {
    await page.getByRole("button", { name: /^Prove it/ }).click();
    await page.locator(".proof.outcome-good").waitFor();
    return page.getByText(/Cosigned by lookout\.example\/w at/).isVisible();
  });
});

test("altered on the way: other bytes, other hashes, an older log are not proven, and a fork is loud", async ({ page, id }) => {
  const proof = page.locator(".proof");
  const again = async (path, alter) => {
    await page.route(path, async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, body: alter(await reply.body()) });
    });
    await page.goto("/#/fleet");
    await page.goto(`/#/log/${id}`);
    await proof.getByRole("button", { name: "Prove it" }).click();
    await page.locator(".proof.outcome-bad").waitFor();
    await page.unroute(path);
  };
  const flip = (at) => (body) => {
    const bytes = Buffer.from(body);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    return bytes;
  };
  await again(/\/log\/ops\/tile\/entries\//, (body) => Buffer.from(body.toString("latin1").replaceAll("fresh-one", "fresh-two"), "latin1"));
  await proof.getByText(/In the log's bundle stand other bytes|do not lead to the signed root/).first().waitFor();
  await picture(page, "log-tampered");
  await again(/\/log\/ops\/tile\/0\//, flip(id.endsWith("-0") ? 40 : 3));
  const other = JSON.stringify({ at: "2026-01-01T00:00:00Z", ...(await page.evaluate(() => JSON.parse(localStorage.getItem("vedette-log-ops")))) });
  await page.evaluate((seen) => {
    const one = JSON.parse(seen);
    const lines = one.checkpoint.split("\n");
    lines[2] = btoa(String.fromCharCode(...new Uint8Array(32).fill(7)));
    localStorage.setItem("vedette-log-ops", JSON.stringify({ ...one, checkpoint: lines.join("\n") }));
  }, other);
  await page.goto("/#/fleet");
  await page.goto(`/#/log/${id}`);
  await proof.getByRole("button", { name: "Prove it" }).click();
  await proof.getByText(/^FORK/).waitFor();
  await proof.getByRole("alert").waitFor();
  await picture(page, "log-fork");
  assert.match(await saved(page, proof.getByRole("button", { name: /^Seen/ })), /— /);
  await page.evaluate((seen) => localStorage.setItem("vedette-log-ops", seen), other);
});

test("the portal killed and back: cut off is said, and what came meanwhile is there", async ({ vedette, page }) => {
  await page.goto("/#/log");
  await page.locator(".follow .live").waitFor();
  const before = vedette.ready.pids.portal;
  vedette.signal("portal", "SIGKILL");
  await page.getByText(/^Cut off since/).waitFor();
  await vedette.run("agents", "rename", "1", "meanwhile");
  await until("another portal", () => vedette.isReady() && vedette.ready.pids.portal !== before, 40_000);
  await page.getByText(/^Was cut off from/).waitFor({ timeout: 30_000 });
  await entry(page, "meanwhile").waitFor();
  await vedette.run("site", "add", "borealis", "afterwards");
  await entry(page, "afterwards").waitFor();
});

test("streams: a subscriber that follows, and a revoked one", async (given) => {
  const { vedette, page } = given;
  const file = join(vedette.state, "soc.json");
  await vedette.run("subscriber", "add", "night-watch", "--class", "ops", "--out", file);
  given.subscriber = spawn(join(ROOT, "build/vedette"), ["stream", "--subscriber", file, "--json", "--resume"], { stdio: "ignore" });
  await page.goto("/#/streams");
  const row = page.getByRole("row", { name: /night-watch/ });
  await row.getByText("live", { exact: true }).waitFor({ timeout: 20_000 });
  await page.getByRole("button", { name: "Add a subscriber" }).click();
  await page.getByRole("dialog").getByText(/subscriber add soc/).waitFor();
  await page.keyboard.press("Escape");
  await row.getByRole("button", { name: /Revoke/ }).click();
  await page.getByRole("button", { name: "Revoke for ever" }).click();
  await row.getByText("revoked").waitFor();
});

test("streams: an output to a real receiver, tested, failing and well again", async (given) => {
  const { vedette, page } = given;
  const folder = join(vedette.state, "receiver");
  mkdirSync(folder);
  const receiver = (given.receiver = await Receiver.start(folder));
  await page.getByRole("button", { name: "Add an output" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("hooks");
  await dialog.getByLabel("URL").fill(receiver.url);
  await dialog.getByRole("button", { name: "ops", exact: true }).click();
  await dialog.getByLabel(/^CA of the receiver/).fill(receiver.pem);
  await dialog.getByRole("button", { name: "Add the output" }).click();
  await dialog.getByText(/whsec_/).waitFor();
  await page.keyboard.press("Escape");
  const output = page.getByRole("listitem", { name: "hooks" });
  await output.getByRole("button", { name: /Test/ }).click();
  await output.getByText(/Test: taken in \d+ ms/).waitFor();
  await vedette.run("site", "add", "borealis", "sent-out");
  await until("the event", () => receiver.events.some((event) => JSON.stringify(event).includes("sent-out")));
  await output.getByText("up to date").waitFor();
  receiver.status = 503;
  await output.getByRole("button", { name: /Test/ }).click();
  await output.getByText(/Test: not taken\./).waitFor();
  await vedette.run("site", "add", "borealis", "refused-once");
  await output.getByText(/^failing for/).waitFor();
  await picture(page, "streams");
  receiver.status = 204;
  await output.getByText("up to date").waitFor({ timeout: 20_000 });
});

test("no violation of the content security policy, no exception", async ({ browser }) => {
  const restart = /net::ERR_|Failed to load resource/; // of the portal that was killed above
  assert.deepEqual(browser.complaints.filter((text) => !restart.test(text)), []);
});

test("a viewer sees the fleet's entries and proves them, and neither operations nor streams", async (given) => {
  const { vedette, browser, page } = given;
  const made = await tokenOf(page, { role: "viewer", tenant: "local" });
  const there = await browser.page(vedette.url);
  await there.route("**/*", (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${made.token}` } }));
  await there.goto("/#/log");
  await entry(there, "a machine joined").click();
  assert.equal(await there.getByRole("link", { name: "Streams" }).count(), 0);
  assert.equal(await there.getByRole("button", { name: "ops", exact: true }).count(), 0);
  await there.getByRole("button", { name: "Prove it" }).click();
  await there.locator(".proof").getByText(/^Proven: this is entry/).waitFor();
  await there.getByText(/told to auditors/).waitFor();
  await there.context().close();
});

test("both pages in dark, light and on a phone: no finding by axe, nothing wider than the screen", async ({ vedette, browser, page, id }) => {
  const storageState = await page.context().storageState();
  for (const [name, options] of [
    ["dark", { colorScheme: "dark" }],
    ["light", { colorScheme: "light" }],
    ["phone", { colorScheme: "dark", viewport: PHONE, deviceScaleFactor: 2 }],
  ]) {
    const here = await browser.page(vedette.url, { ...options, storageState, bypassCSP: true });
    // Beside an entry stands all of the list, but on a phone.
    const list = name === "phone" ? [["log", ".entries .extent .row"]] : [];
    for (const [place, ready] of [...list, [`log/${id}`, ".proof"], ["streams", ".outputs li"]]) {
      await here.goto(`/#/${place}`);
      await here.locator(ready).first().waitFor();
      if (place.includes("/")) {
        await here.getByRole("button", { name: "Prove it" }).click();
        await here.locator(".proof.outcome-good").waitFor();
      }
      assert.equal(await accessibility(here), "", `${name} ${place}`);
      const wide = await here.evaluate(() => document.documentElement.scrollWidth);
      assert(wide <= (options.viewport ?? DESK).width, `${name} ${place} is ${wide} px wide`);
      await picture(here, `${name}-${place.replace(/\/.*/, "-entry")}`);
    }
    await here.context().close();
  }
});

await main(setUp);
