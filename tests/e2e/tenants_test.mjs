#!/usr/bin/env node
// Several tenants, some of their machines silent: what a person on duty filters, and the picture in the README.
import assert from "node:assert/strict";

import { picture, useLink } from "./browser.mjs";
import { Deployment } from "./deployment.mjs";
import { BULK, Fleet } from "./fleet.mjs";
import { openPortal } from "./portal.mjs";
import { main, test, until } from "./tap.mjs";

const PLACES = [["acme", "harbour", "till"], ["acme", "plant-2", "press"], ["borealis", "head-office", "desk"],
  ["borealis", "depot", "gate"], ["castellan", "north", "web"], ["castellan", "north-2", "db"]];
const AGENTS = 60; // at each
const RENAMED = 5;

async function setUp() {
  const vedette = await Deployment.start([], [BULK]);
  const portal = await openPortal(vedette);
  const given = {
    ...portal,
    fleets: [],
    async close() {
      for (const fleet of given.fleets) await fleet.close();
      await portal.close();
    },
  };
  for (const [tenant, site] of PLACES) {
    await vedette.run("tenant", "add", tenant).catch(() => {}); // the second site of a tenant
    await vedette.run("site", "add", tenant, site);
    given.fleets.push(await Fleet.start(vedette, tenant, site, AGENTS));
  }
  return given;
}

const total = PLACES.length * AGENTS + 1;
const chip = (page, state) => page.locator(`.chip.is-${state}`);
const counted = (page, state, count) => chip(page, state).locator("b", { hasText: new RegExp(`^${count}$`) });
const summary = (page, text) => page.locator(".summary", { hasText: text }).waitFor().catch(async (problem) => {
  const rows = await page.locator(".extent .row").allInnerTexts();
  throw new Error(`${await page.locator(".summary").innerText()}\n${rows.join("\n")}\n${problem.message}`);
});

test("machines of three tenants come online and are renamed", async ({ vedette, page, fleets }) => {
  const { link } = await vedette.cli("user", "first");
  await useLink(page, link, "ada", "a lantern above the ford");
  await summary(page, `${total} agents`);
  await counted(page, "online", total).waitFor({ timeout: 40_000 });
  for (const [i, [, , kind]] of PLACES.entries()) {
    for (let n = 0; n < RENAMED; n++) await vedette.run("agents", "rename", String(fleets[i].first + n), `${kind}-${n + 1}`);
  }
  await page.locator(".row", { hasText: "db-1" }).waitFor();
});

test("some fall silent, some are in maintenance: counted as they change", async ({ vedette, page, fleets }) => {
  await vedette.run("agents", "maintenance", String(fleets[5].first + 2), "on");
  await vedette.run("agents", "maintenance", String(fleets[0].first + 1), "on");
  await counted(page, "maintenance", 2).waitFor();
  fleets[1].silence(fleets[1].first, 3);
  fleets[3].silence(fleets[3].first + 1, 2);
  await counted(page, "offline", 5).waitFor({ timeout: 70_000 });
  fleets[4].silence(fleets[4].first + 3, 4);
  await until("some late", async () => (await chip(page, "late").count()) > 0, 40_000);
  await page.getByRole("columnheader", { name: "State" }).getByRole("button").click();
  await page.locator('.extent .row[data-state="offline"]').first().waitFor();
  const ages = page.locator(".extent .row .c-seen");
  await until("confirmed ages", async () => (await ages.allInnerTexts()).every((age) => /^\d+ /.test(age)));
  await picture(page, "portal");
});

test("filters: by state, by tenant, by site, by words, together", async ({ page }) => {
  await chip(page, "offline").click();
  await page.locator('.row[data-state="online"]').first().waitFor({ state: "detached" });
  await chip(page, "offline").click();
  await page.getByLabel("Tenant", { exact: true }).selectOption("borealis");
  await summary(page, `${2 * AGENTS} of ${total}`);
  await counted(page, "offline", 2).waitFor();
  const sites = await page.getByLabel("Site", { exact: true }).locator("option").allInnerTexts();
  assert.deepEqual(sites, ["All sites", "depot", "head-office"]);
  await page.getByLabel("Site", { exact: true }).selectOption("depot");
  await summary(page, `${AGENTS} of ${total}`);
  await page.getByRole("searchbox").fill("GATE- depot");
  await summary(page, `${RENAMED} of ${total}`);
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Tenant", { exact: true }).selectOption("");
  await summary(page, `${total} agents`);
});

test("tenants and sites say how many of theirs are online", async ({ page }) => {
  await page.goto("/#/places");
  await page.getByRole("region", { name: "borealis" }).getByText(`${2 * AGENTS} agents, ${2 * AGENTS - 2} online`).waitFor();
  await page.getByRole("region", { name: "acme" }).getByText(`${2 * AGENTS} agents, ${2 * AGENTS - 4} online`).waitFor();
});

test("a whole site falls silent: one alert, not sixty", async ({ page, fleets }) => {
  fleets[2].silence();
  await page.goto("/#/alerts");
  const open = page.getByRole("region", { name: "Open alerts" });
  await open.getByText("Whole site silent").waitFor({ timeout: 80_000 });
  await open.getByText("borealis / head-office").waitFor();
  assert((await open.getByRole("row").count()) < 10);
  fleets[2].revive();
  await open.getByText("Whole site silent").waitFor({ state: "detached", timeout: 40_000 });
});

test("no violation of the content security policy, no exception", async ({ browser }) => {
  assert.deepEqual(browser.complaints, []);
});

await main(setUp);
