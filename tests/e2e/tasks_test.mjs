#!/usr/bin/env node
// A task from the composer to its machines: drafted in the portal, signed elsewhere by a passkey and a key file, watched live.
import assert from "node:assert/strict";
import { join } from "node:path";

import { clean, picture, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { Machine } from "./machine.mjs";
import { complaints, Office, person } from "./office.mjs";
import { openPortal } from "./portal.mjs";
import { main, test } from "./tap.mjs";

const USER = "ada";
const PASSWORD = "a lantern above the ford";
// What it writes would run in the browser, turn text around, and colour it.
const SCRIPT = `echo "$GREETING"; sleep 2
printf '<img src=x onerror=alert(1)>\\033[31m\\342\\200\\256live\\n' >&2
exit 3`;

async function trustOf(office, vedette, ada) {
  office.write("facts.json", await vedette.run("trust", "facts"));
  await office.makePasskey(ada, "ada");
  for (const name of ["bob", "status"]) await office.run("sign", "keygen", `${name}.key`, "--no-passphrase", "--demo");
  await office.run("trust", "init", "trust.json", "--facts", "facts.json", "--status-key", "status.key.pub", "--person", "ada=ada", "--person",
    "bob=bob.key.pub", "--threshold", "2");
  await office.run("sign", "trust.json", "--key", "bob.key", "--yes", "--demo");
  const [{ document_sha256 }] = await office.signed(ada, "sign", "trust.signed.json");
  await office.run("trust", "status", "status.json", "--key", "status.key", "--yes", "--demo");
  for (const file of ["trust.signed.json", "status.json"]) await vedette.run("document", "submit", office.path(file));
  return `sha256:${document_sha256}`;
}

async function setUp() {
  const office = new Office();
  const portal = await openPortal(await Deployment.start());
  const { vedette, page } = portal;
  const ada = await person(portal.browser);
  const given = {
    ...portal, office, ada, machines: [], dialogs: 0,
    async close() {
      for (const machine of given.machines) machine.close();
      office.close();
      await portal.close();
    },
  };
  page.on("dialog", (dialog) => (given.dialogs++, dialog.dismiss()));
  const trust = await trustOf(office, vedette, ada);
  await vedette.run("tenant", "add", "acme");
  await vedette.run("site", "add", "acme", "oslo");
  given.machines = await Promise.all(["web-1", "web-2"].map((name) => Machine.start(vedette, name, trust)));
  office.write("token", (await vedette.cli("apitoken", "create", "--name", "ada-cli", "--role", "operator")).token);
  given.remote = ["--url", vedette.url, "--ca", join(vedette.state, "ca.pem"), "--token-file", "token"];
  const { link } = await vedette.cli("user", "first");
  await useLink(page, link, USER, PASSWORD);
  return given;
}

test("the composer shows the next runs of a calendar, and the agents that will be signed for", async (given) => {
  const { page } = given;
  await page.goto("/#/tasks");
  await page.getByRole("link", { name: "New task" }).click();
  await page.getByLabel("Title").fill("Say hello and fail");
  await page.getByLabel("As user").fill("root");
  await page.getByLabel("Script", { exact: true }).fill(SCRIPT);
  await page.getByRole("button", { name: "Add a parameter" }).click();
  await page.getByLabel("Variable 1").fill("GREETING");
  await page.getByLabel("Value").fill("hello");
  await page.getByLabel("It runs").selectOption("calendar");
  await page.getByLabel("Time zone").fill("Europe/Oslo");
  await page.getByLabel("Calendar, as").fill("Mon..Fri 18:30");
  const next = page.getByRole("region", { name: "Next runs" });
  await next.getByText("18:30").first().waitFor();
  assert.equal(await next.getByRole("listitem").count(), 8);
  await page.getByLabel("Calendar, as").fill("Mon..Fry");
  await next.getByText(/./).first().waitFor();
  await page.getByLabel("It runs").selectOption("once");
  const found = page.getByRole("region", { name: "Found" });
  await page.getByPlaceholder("Search").fill("web-");
  await found.getByRole("button", { name: "Add all 2" }).click();
  await page.getByRole("region", { name: "Will be signed for" }).locator("code", { hasText: /^[0-9a-f]{16}$/ }).nth(1).waitFor();
  await page.getByLabel("As user").fill("vedette-agent");
  const refusals = page.getByRole("status").filter({ hasText: /nothing may run as vedette-agent: web-\d, web-\d/ });
  await refusals.waitFor();
  await page.setViewportSize({ width: 1280, height: 1700 });
  await picture(page, "compose-refused");
  await page.getByLabel("As user").fill("root");
  await refusals.waitFor({ state: "detached" });
  await picture(page, "compose");
  await clean(given, "compose-empty", "fieldset");
});

test("the draft says who must sign it, and how", async (given) => {
  const { page } = given;
  await page.setViewportSize({ width: 1280, height: 1000 });
  await page.getByRole("button", { name: "Put it down for signing" }).click();
  await page.getByText("0 of 2 signatures").waitFor();
  await page.getByText("for you", { exact: true }).waitFor();
  await page.locator(".badge", { hasText: "1 you may sign" }).waitFor();
  given.document = /task\/([0-9a-f]{32})/.exec(page.url())[1];
  const command = await page.getByRole("region", { name: "Command that signs the draft" }).innerText();
  assert(command.includes(`sign draft ${given.document} --browser`), command);
  await page.goto("/#/tasks");
  await page.getByRole("region", { name: "Documents that wait" }).getByText("Say hello and fail").waitFor();
  await page.getByText(/Trust file version 1\. .* ago\./).waitFor();
  await picture(page, "tasks-waiting");
  await page.getByRole("link", { name: "Say hello and fail" }).click();
});

test("signed by a passkey and a key file elsewhere, it runs; the page follows without being asked", async (given) => {
  const { page, office, ada, remote, document } = given;
  const shown = (await page.locator(".hash").innerText()).replaceAll(" ", "");
  const [, first] = await office.signed(ada, ...remote, "sign", "draft", document);
  assert.deepEqual([first.document_sha256, first.signatures], [shown, 1]);
  await page.getByText("1 of 2 signatures").waitFor();
  await office.run(...remote, "sign", "draft", document, "--key", "bob.key", "--yes", "--demo");
  await page.getByRole("button", { name: "web-1: runs" }).click({ timeout: 15_000 });
  await page.getByRole("region", { name: "Output of web-1" }).getByText("hello").waitFor(); // while it still runs
  await page.locator(".progress", { hasText: "2 failed" }).waitFor();
  await page.locator(".crumbs", { hasText: "ended" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
});

test("output is text: nothing of it runs, what hides is named; failures alike are one", async (given) => {
  const { page, dialogs } = given;
  const output = page.getByRole("region", { name: "Output of web-1" });
  await output.getByText("[U+202E]").waitFor();
  assert.equal(await output.innerText(), "hello\n<img src=x onerror=alert(1)>^[[31m[U+202E]live\n");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(dialogs, 0);
  const failures = page.getByRole("region", { name: "Failures" });
  await failures.getByText("2 agents: failed: exit status 3").waitFor();
  await failures.getByText("[U+202E]").waitFor();
  await page.setViewportSize({ width: 1280, height: 1500 });
  await picture(page, "task-failed");
  await clean(given, "task", ".matrix button");
  const cells = page.locator(".matrix button");
  const [second] = (await cells.nth(1).getAttribute("aria-label")).split(":");
  await cells.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: `Run on ${second}` }).waitFor();
});

test("the command that adds a machine trusts the trust file, and says with what to compare it", async (given) => {
  const { page, office } = given;
  await page.goto("/#/fleet");
  await page.getByRole("button", { name: "Add a machine" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Tenant").selectOption("acme");
  await dialog.getByRole("button", { name: "Make the command" }).click();
  const command = await dialog.getByRole("region", { name: "Command that adds a machine" }).innerText();
  const compare = dialog.getByRole("region", { name: "Compare before you run it" });
  const shown = (await compare.locator(".hash").innerText()).trim();
  assert((await office.run("trust", "show")).split("\n").includes(shown), shown);
  assert(command.includes(` --trust ${shown} --tenant acme --site oslo`) && !command.includes("--ca "), command);
  await compare.getByText("vedette trust show").waitFor();
  await picture(page, "add-trusting");
  await dialog.getByRole("button", { name: "Close" }).click();
});

test("agents are chosen, tagged together, and found by the tag", async (given) => {
  const { page, vedette } = given;
  await page.getByRole("searchbox").fill("web-");
  await page.getByRole("checkbox", { name: "Choose all 2" }).click();
  const bulk = page.getByRole("region", { name: "Chosen agents" });
  await bulk.getByText("2 agents chosen").waitFor();
  await bulk.getByRole("button", { name: "Tag", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Tag").fill("attic");
  await page.getByRole("button", { name: "Add the tag" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Tag", { exact: true }).selectOption("attic");
  await page.locator(".summary", { hasText: "2 of 3 agents" }).waitFor();
  assert.equal((await vedette.cli("agents", "--tag", "attic")).length, 2);
  await picture(page, "fleet-tagged");
  await clean(given, "fleet-chosen", ".grid .row");
  await bulk.getByRole("button", { name: "Choose none" }).click();
  await page.locator(".grid").focus();
  await page.keyboard.press("Space");
  await bulk.getByText("1 agent chosen").waitFor();
  await bulk.getByRole("button", { name: "Remove a tag" }).click();
  await page.getByRole("button", { name: "Remove the tag" }).click();
  await page.locator(".summary", { hasText: "1 of 3 agents" }).waitFor();
  await bulk.getByRole("button", { name: "Choose none" }).click();
  await page.goto("/#/compose");
  await page.getByLabel("Tag", { exact: true }).selectOption("attic");
  await page.getByRole("region", { name: "Found" }).getByRole("button", { name: "Add all 1" }).click();
  await page.getByRole("region", { name: "Will be signed for" }).getByText(/^web-/).first().waitFor();
});

test("an agent's page says what it was given to do", async (given) => {
  const { page, document } = given;
  await page.goto(`/#/task/${document}`);
  await page.getByRole("button", { name: /^web-2: / }).click();
  await page.getByRole("region", { name: "Run on web-2" }).getByRole("link", { name: "web-2" }).click();
  const tasks = page.getByRole("region", { name: "Tasks of this agent" });
  await tasks.getByRole("link", { name: "Say hello and fail" }).waitFor();
  await tasks.getByText("exit status 3").waitFor();
  await picture(page, "agent-tasks");
});

test("it says what its machine permits, as the machine said it", async (given) => {
  const { page } = given;
  const permits = page.getByRole("region", { name: "What this endpoint permits" });
  await permits.getByText(/as it said .* ago/).waitFor();
  await permits.getByText("anybody but the agent’s own user; root by name").waitFor();
  await permits.getByText("may run", { exact: true }).waitFor();
  await permits.getByText("version 1", { exact: true }).waitFor();
  await clean(given, "agent", ".permitted .facts");
});

test("a new version begins as the old one was, and can be cancelled", async (given) => {
  const { page, document } = given;
  await page.goto(`/#/task/${document}`);
  await page.getByRole("link", { name: "New version" }).click();
  await page.getByRole("heading", { name: "New version of Say hello and fail" }).waitFor();
  assert.equal(await page.getByLabel("Script", { exact: true }).inputValue(), `${SCRIPT}\n`);
  await page.getByRole("button", { name: "Put it down for signing" }).click();
  await page.getByText("version 2").first().waitFor();
  await page.getByRole("region", { name: "Changed since version 1" }).getByText("Not before").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Cancel the task" }).click();
  await page.getByText("cancelled").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
  await page.getByRole("link", { name: "the version before" }).click(); // its runs are not hidden by the newer one
  await page.getByRole("button", { name: /^web-2: ended badly/ }).click();
  await page.getByRole("region", { name: "Output of web-2" }).getByText("hello").waitFor();
});

test("Chromium had nothing to complain of", ({ browser }) => assert.deepEqual(complaints(browser), []));

await main(setUp);
