#!/usr/bin/env node
// The agent page's watches: how they are, their trends, for eye, keyboard and screen reader, under the content security policy.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { accessibility, picture, useLink } from "./browser.mjs";
import { Deployment, ROOT } from "./deployment.mjs";
import { openPortal } from "./portal.mjs";
import { main, test } from "./tap.mjs";

async function setUp() {
  const vedette = await Deployment.start(["--no-agent"]);
  const machine = spawn("/usr/bin/python3", [join(ROOT, "tests/e2e/watched.py"), vedette.state], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await Promise.race([
    once(createInterface({ input: machine.stdout }), "line").then(([words]) => words),
    once(machine, "exit").then(() => null),
  ]);
  if (!line) {
    await vedette.close();
    throw new Error("watched.py ended");
  }
  const portal = await openPortal(vedette);
  const { link } = await vedette.cli("user", "first");
  await useLink(portal.page, link, "ada", "a lantern above the ford");
  return {
    ...portal,
    agent: JSON.parse(line).agent,
    async close() {
      machine.stdin.end();
      await once(machine, "exit");
      await portal.close();
    },
  };
}

test("the agent page says how its watches are, and why", async ({ page, agent }) => {
  await page.goto(`/#/agent/${agent}`);
  const table = page.getByRole("region", { name: "What is watched" }).getByRole("table");
  const row = (name) => table.getByRole("row", { name: new RegExp(`^${name}`) });
  await row("backup-log").getByText("critical").waitFor();
  assert.match(await row("backup-log").innerText(), /No such file or directory/);
  assert.match(await row("memory").innerText(), /ok.*\d %/s);
});

test("a trend is a sentence, and a chart that keeps to the content security policy", async ({ page, browser }) => {
  await page.getByRole("button", { name: "Trend of memory" }).click();
  await page.getByText(/between .* % and 71.* %, on average/).waitFor();
  await page.locator(".chart canvas").waitFor();
  const drawn = await page.locator(".chart canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value > 0);
  });
  assert.ok(drawn, "the canvas is empty");
  await picture(page, "watches");
  await page.getByRole("button", { name: "13 months" }).click();
  await page.getByText(/on average/).waitFor();
  assert.deepEqual(browser.complaints, []);
});

test("axe finds nothing wrong with it", async ({ vedette, browser, page, agent }) => {
  // axe is a script from outside: the policy has been checked above, without it.
  const storageState = await page.context().storageState();
  const looker = await browser.page(vedette.url, { bypassCSP: true, storageState });
  await looker.goto(`/#/agent/${agent}`);
  await looker.getByRole("button", { name: "Trend of memory" }).click();
  await looker.locator(".chart canvas").waitFor();
  assert.equal(await accessibility(looker), "");
});

main(setUp);
