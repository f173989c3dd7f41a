#!/usr/bin/env node
// The key again: a session that is an hour old, and what its owner goes through; with a code from an authenticator app.
import assert from "node:assert/strict";

import { cleanly, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { openPortal } from "./portal.mjs";
import { main, test } from "./tap.mjs";

const HOUR_S = 3600;
// Chromium says of each refusal that it was one, and here they are what is looked at.
const REFUSED = /the server responded with a status of (400|403|409)/;

const question = (page) => page.getByRole("dialog", { name: "Is it still you?" });
const code = (page) => question(page).getByLabel("Code from your authenticator app");
const tokenDialog = (page) => page.getByRole("dialog", { name: "New API token" });
const made = (page, name) => page.getByRole("region", { name: "Tokens" }).locator("tr", { hasText: name });

async function fillToken(page, name) {
  await page.goto("/#/api");
  await page.getByRole("button", { name: "New API token" }).click();
  await tokenDialog(page).getByLabel("Name").fill(name);
  await tokenDialog(page).getByLabel("Role").selectOption("operator");
}

const makeToken = (page) => tokenDialog(page).getByRole("button", { name: "Make the token" }).click();

test("who has just logged in is not asked", async (given) => {
  const { vedette, page } = given;
  given.app = await useLink(page, (await vedette.cli("user", "first")).link, "ada", "a lantern above the ford");
  await fillToken(page, "early");
  await makeToken(page);
  await tokenDialog(page).getByText("This is the token of early.").waitFor();
  await page.keyboard.press("Escape");
  await made(page, "early").waitFor();
});

test("an hour later the question stands above the form, with the focus in its field and kept inside", async ({ vedette, page }) => {
  await vedette.ageKey(page, HOUR_S);
  await fillToken(page, "late");
  await makeToken(page);
  await code(page).waitFor();
  assert(await code(page).evaluate((field) => field === document.activeElement));
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press("Tab");
    assert(await question(page).evaluate((box) => document.activeElement === document.body || box.contains(document.activeElement)));
  }
});

test("Escape: the form is as it was, and says why nothing was made", async ({ page }) => {
  await page.keyboard.press("Escape");
  await question(page).waitFor({ state: "detached" });
  await tokenDialog(page).getByRole("alert").getByText("wants your key again").waitFor();
  assert.equal(await tokenDialog(page).getByLabel("Name").inputValue(), "late");
  assert.equal(await tokenDialog(page).getByLabel("Role").inputValue(), "operator");
  assert(await tokenDialog(page).getByRole("button", { name: "Make the token" }).isEnabled());
});

test("a wrong code is refused in the question; the right one, and the token is there by itself", async ({ page, app }) => {
  await makeToken(page);
  await code(page).fill("000 000");
  await page.keyboard.press("Enter");
  await question(page).getByRole("alert").getByText("not the code that the app shows now").waitFor();
  assert.equal(await code(page).getAttribute("aria-invalid"), "true");
  assert.equal(await code(page).inputValue(), "");
  await code(page).fill(await app.code());
  await question(page).getByRole("button", { name: "Go on" }).click();
  await question(page).waitFor({ state: "detached" });
  await tokenDialog(page).getByText("This is the token of late.").waitFor();
  await page.keyboard.press("Escape");
  await made(page, "late").filter({ hasText: "operator" }).waitFor();
});

test("stopping is not held up: a token is revoked an hour later without a question", async ({ vedette, page }) => {
  await vedette.ageKey(page, HOUR_S);
  await made(page, "early").getByRole("button", { name: "Revoke" }).click();
  await made(page, "early").waitFor({ state: "detached" });
  assert.equal(await question(page).count(), 0);
});

test("a form of several steps goes on where it was, once cancelled and once answered", async ({ page, app }) => {
  await page.goto("/#/fleet");
  await page.getByRole("button", { name: "Add a machine" }).click();
  const form = page.getByRole("dialog", { name: /machine/ });
  await form.getByLabel("Tenant", { exact: true }).selectOption({ label: "New tenant …" });
  await form.getByLabel("Name of the new tenant").fill("acme");
  await form.getByLabel("Name of the new site").fill("harbour");
  const go = form.getByRole("button", { name: "Make the command" });
  await go.click();
  await code(page).waitFor();
  await question(page).getByRole("button", { name: "Close" }).click();
  await question(page).waitFor({ state: "detached" });
  assert.equal(await form.getByLabel("Name of the new site").inputValue(), "harbour");
  await go.click();
  await code(page).fill(await app.code());
  await page.keyboard.press("Enter");
  await form.getByText("--tenant acme --site harbour").waitFor();
});

test("the question, dark, light and on a phone: no finding by axe", async ({ vedette, browser, page }) => {
  const looker = await browser.page(vedette.url, { bypassCSP: true, storageState: await page.context().storageState() });
  await vedette.ageKey(page, HOUR_S);
  await fillToken(looker, "seen");
  await makeToken(looker);
  await code(looker).fill("000000");
  await looker.keyboard.press("Enter");
  await question(looker).getByRole("alert").getByText("not the code").waitFor();
  await cleanly(looker, "prove", "dialog");
});

test("a session that ends takes the question with it", async ({ vedette, page }) => {
  await vedette.ageKey(page, HOUR_S);
  await fillToken(page, "never");
  await makeToken(page);
  await code(page).waitFor();
  await vedette.run("session", "kill", "ada");
  await code(page).fill("111111");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  assert.equal(await question(page).count(), 0);
});

test("no violation of the content security policy, no exception", async ({ browser }) => {
  assert.deepEqual(browser.complaints.filter((one) => !REFUSED.test(one)), []);
});

await main(async () => openPortal(await Deployment.start(["--no-agent"])));
