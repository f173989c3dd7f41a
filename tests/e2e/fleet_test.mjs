#!/usr/bin/env node
// 100,000 agents that really beat, in one table: loaded, scrolled, searched, filtered, sorted, live.
import assert from "node:assert/strict";

import { picture, untilListed, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { openPortal } from "./portal.mjs";
import { main, test, until } from "./tap.mjs";

const AGENTS = 100_000;
const ROWS_MOST = 60; // in the document, whatever the fleet

const summary = (page, pattern) => page.locator(".summary", { hasText: pattern }).waitFor({ timeout: 30_000 });
const countOf = async (page, state) => {
  const chip = page.locator(`.chip.is-${state} b`);
  return (await chip.count()) ? Number((await chip.innerText()).replaceAll(",", "")) : 0;
};

test("the first administrator sees 100,001 agents, nearly all of them online", async ({ vedette, page }) => {
  const { link } = await vedette.cli("user", "first");
  await useLink(page, link, "ada", "a lantern above the ford");
  await untilListed(page, "100,001 agents");
  await until("all agents online", async () => (await countOf(page, "online")) > AGENTS * 0.999, 60_000);
});

test("loaded anew, the table is usable soon (the time is a benchmark, not a test)", async ({ page }) => {
  const began = performance.now();
  await page.reload({ waitUntil: "commit" });
  await summary(page, "100,001 agents");
  await page.getByRole("searchbox").fill("no such agent");
  await summary(page, "0 of 100,001");
  console.log(`# loaded and searched in ${((performance.now() - began) / 1000).toFixed(2)} s`);
  await page.getByRole("searchbox").fill("");
});

test("few rows stand in the document; scrolling shows others, smoothly", async ({ page }) => {
  await page.locator(".extent .row").first().waitFor();
  const { frames, worst, rows } = await page.evaluate(async () => {
    const grid = document.querySelector(".grid");
    const frame = () => new Promise(requestAnimationFrame);
    let frames = 0;
    let worst = 0;
    let rows = 0;
    for (let last = performance.now(), end = last + 2000; last < end; frames++) {
      grid.scrollTop += 900;
      await frame();
      worst = Math.max(worst, performance.now() - last);
      last = performance.now();
      rows = Math.max(rows, document.querySelectorAll(".extent .row").length);
    }
    return { frames: frames / 2, worst, rows };
  });
  console.log(`# ${frames.toFixed(0)} frames a second, slowest ${worst.toFixed(0)} ms, ${rows} rows in the document`);
  assert(rows > 10 && rows < ROWS_MOST, `${rows} rows`);
  const scrolled = await page.locator(".extent .row").first().getAttribute("aria-rowindex");
  assert(Number(scrolled) > 100);
});

test("keyboard: End is the last of them, Home the first", async ({ page }) => {
  await page.locator(".grid").focus();
  await page.keyboard.press("End");
  await page.locator(`[aria-rowindex="${AGENTS + 2}"]`).waitFor();
  await page.keyboard.press("PageUp");
  await page.keyboard.press("Home");
  await page.locator('[aria-rowindex="2"]').waitFor();
});

test("search finds one of them by its number, and none is lost by sorting", async ({ vedette, page }) => {
  const agents = await vedette.cli("agents");
  const wanted = agents[Math.floor(agents.length / 2)];
  await page.getByRole("searchbox").fill(`#${wanted.id}`);
  await page.locator(`[data-agent="${wanted.id}"]`).waitFor();
  await page.getByRole("searchbox").fill(wanted.name);
  await page.locator(`[data-agent="${wanted.id}"]`, { hasText: wanted.name }).waitFor();
  await page.getByRole("searchbox").fill("");
  for (const column of ["State", "Tenant", "Last seen", "Host name", "Name"]) {
    await page.getByRole("columnheader", { name: column, exact: true }).getByRole("button").click();
    await summary(page, "100,001 agents");
  }
});

test("thousands are chosen and tagged at once; the tag finds them, and nobody else", async ({ vedette, page }) => {
  const words = "-77";
  const wanted = (await vedette.cli("agents", "--search", words)).length;
  await page.getByRole("searchbox").fill(words);
  await page.getByRole("checkbox", { name: `Choose all ${wanted}` }).click();
  const bulk = page.getByRole("region", { name: "Chosen agents" });
  await bulk.getByRole("button", { name: "Tag", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Tag").fill("attic");
  await page.getByRole("button", { name: "Add the tag" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("searchbox").fill("");
  const took = await page.evaluate(async () => {
    const select = [...document.querySelectorAll(".filters select")].pop();
    const began = performance.now();
    select.value = "attic";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    while (!document.querySelector(".summary").textContent.includes(" of ")) await new Promise(requestAnimationFrame);
    return performance.now() - began;
  });
  console.log(`# ${wanted} of ${AGENTS} by their tag in ${took.toFixed(0)} ms`);
  await summary(page, `${wanted.toLocaleString("en")} of 100,001 agents`);
  assert.equal((await vedette.cli("agents", "--tag", "attic")).length, wanted);
  await picture(page, "fleet-tags");
  await page.getByLabel("Tag", { exact: true }).selectOption("");
  await bulk.getByRole("button", { name: "Choose none" }).click();
});

test("ages in view are confirmed again and again, wherever one has scrolled to", async ({ page }) => {
  await page.evaluate(() => (document.querySelector(".grid").scrollTop = 1_000_000));
  await until("ages in seconds", async () => {
    const ages = await page.locator(".extent .row.is-online .c-seen").allInnerTexts();
    return ages.length > 10 && ages.every((age) => /^\d+ s$/.test(age));
  });
});

test("the fleet stops: late, then offline, counted and filtered without a reload", async ({ vedette, page }) => {
  vedette.signal("fleet", "SIGSTOP");
  try {
    await until("a thousand late", async () => (await countOf(page, "late")) > 1000, 60_000);
    await picture(page, "fleet-late");
    await until("a thousand offline", async () => (await countOf(page, "offline")) > 1000, 60_000);
  } finally {
    vedette.signal("fleet", "SIGCONT");
  }
  await page.locator(".chip.is-offline").click();
  await page.locator('.extent .row[data-state="offline"]').first().waitFor();
  await picture(page, "fleet-offline");
  await page.locator(".chip.is-offline").click();
  await until("all agents online", async () => (await countOf(page, "online")) > AGENTS * 0.999, 90_000);
});

test("no violation of the content security policy, no exception", async ({ browser }) => {
  assert.deepEqual(browser.complaints, []);
});

await main(async () => openPortal(await Deployment.start(["--fleet", String(AGENTS)])));
