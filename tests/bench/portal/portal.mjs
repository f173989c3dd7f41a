#!/usr/bin/env node
// portal.transition_ms, portal.list_100k_s: what a person at a browser waits for. Rows of bench.tsv on standard output.
import { createSocket } from "node:dgram";

import { Browser, untilListed, useLink } from "../../e2e/browser.mjs";
import { Deployment } from "../../e2e/deployment.mjs";
import { BULK, Fleet } from "../../e2e/fleet.mjs";
import { until } from "../../e2e/tap.mjs";

const WANTED = (process.env.ROWS ?? "portal.transition_ms portal.list_100k_s").split(" ");
const PASSWORD = "a lantern above the ford";

function row(name, value, unit, low, high, rounds, how) {
  const number = (x) => (unit === "ms" ? x.toFixed(0) : x.toFixed(2));
  console.log([name, number(value), unit, number(low), number(high), rounds, how].join("\t"));
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const quantile = (list, q) => sorted(list)[Math.min(list.length - 1, Math.ceil(list.length * q) - 1)];

async function enter(vedette, browser, options) {
  const page = await browser.page(vedette.url, options);
  const { link } = await vedette.cli("user", "first");
  await useLink(page, link, "ada", PASSWORD);
  return page;
}

const AGENTS = 240;
const DEADLINE_MS = 45_000;
const ROUNDS = 3;
/** Passes beats on to ingest, and remembers when each agent's last one went by. */
async function relay(port) {
  const passed = new Map();
  const socket = createSocket("udp4");
  socket.on("message", (beat) => {
    passed.set(beat.readUInt32BE(4), Date.now());
    socket.send(beat, port, "127.0.0.1");
  });
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { passed, port: socket.address().port, close: () => socket.close() };
}

/** In the page: when each agent's row was first painted as offline. */
function watchRows() {
  window.painted = {};
  const look = () => {
    const fresh = [...document.querySelectorAll('.extent .row[data-state="offline"]')]
      .map((row) => row.dataset.agent)
      .filter((agent) => !(agent in window.painted));
    if (!fresh.length) return;
    for (const agent of fresh) window.painted[agent] = 0;
    const after = new MessageChannel();
    after.port1.onmessage = () => fresh.forEach((agent) => (window.painted[agent] = Date.now()));
    requestAnimationFrame(() => after.port2.postMessage(0));
  };
  new MutationObserver(look).observe(document.querySelector(".extent"), {
    subtree: true, childList: true, attributeFilter: ["data-agent", "data-state"],
  });
}

async function transitions() {
  const vedette = await Deployment.start(["--no-agent"], [BULK]);
  const browser = await Browser.start();
  const between = await relay(vedette.ready.ports.beats);
  await vedette.run("tenant", "add", "acme");
  await vedette.run("site", "add", "acme", "harbour");
  const fleet = await Fleet.start(vedette, "acme", "harbour", AGENTS, between.port);
  const all = [];
  const worst = [];
  try {
    const page = await enter(vedette, browser);
    const allAre = (state) => page.locator(`.chip.is-${state} b`, { hasText: new RegExp(`^${AGENTS}$`) }).waitFor({ timeout: 90_000 });
    await allAre("online");
    // What has just gone offline stands on top of the table, as a person on duty has it.
    fleet.silence(fleet.first, 1);
    await page.locator(".chip.is-offline").click({ timeout: 90_000 });
    const bySeen = page.getByRole("columnheader", { name: "Last seen" });
    while ((await bySeen.getAttribute("aria-sort")) !== "descending") await bySeen.getByRole("button").click();
    fleet.revive();
    await allAre("online");
    await page.evaluate(watchRows);
    for (let round = 0; round < ROUNDS; round++) {
      await page.evaluate(() => (window.painted = {}));
      fleet.silence();
      await allAre("offline");
      const painted = await until("the last paint", async () => {
        const times = await page.evaluate(() => window.painted);
        return Object.values(times).every(Boolean) && times;
      });
      const delays = Object.entries(painted).map(([agent, at]) => at - (between.passed.get(Number(agent)) + DEADLINE_MS));
      all.push(...delays);
      worst.push(quantile(delays, 0.99));
      console.error(`# median ${quantile(delays, 0.5)} ms, p99 ${quantile(delays, 0.99)} ms, least ${sorted(delays)[0]} ms`);
      fleet.revive();
      await allAre("online");
    }
  } finally {
    await fleet.close();
    between.close();
    await browser.close();
    await vedette.close();
  }
  row("portal.transition_ms", quantile(all, 0.99), "ms", Math.min(...worst), Math.max(...worst), ROUNDS,
    `p99 of ${AGENTS} staggered agents a round: 45 s after the last beat was passed on → painted as offline in Chromium, newest on top; min and max of the rounds' p99`);
}

const FLEET = 100_000;
const LOADS = 9;

/** In the page: since the navigation, until the list stands there, and until a first search has been answered. */
async function timeList(total) {
  const frame = () => new Promise(requestAnimationFrame);
  const says = (text) => document.querySelector(".summary")?.textContent.includes(text);
  while (!says(total)) await frame();
  const shown = performance.now();
  const box = document.querySelector("input[type=search]");
  box.value = "no such agent";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  while (!says(" of ")) await frame();
  await frame();
  return { shown, usable: performance.now() };
}

async function list() {
  const vedette = await Deployment.start(["--fleet", String(FLEET)]);
  const browser = await Browser.start();
  const times = [];
  try {
    const page = await enter(vedette, browser);
    await untilListed(page, "100,001 agents");
    const online = page.locator(".chip.is-online b");
    await until("the fleet online", async () => Number((await online.innerText()).replaceAll(",", "")) > FLEET * 0.999, 90_000);
    for (let i = 0; i < LOADS; i++) {
      await page.reload({ waitUntil: "commit" });
      const { shown, usable } = await page.evaluate(timeList, "100,001 agents");
      console.error(`# shown ${shown.toFixed(0)} ms, usable ${usable.toFixed(0)} ms`);
      times.push(usable / 1000);
    }
  } finally {
    await browser.close();
    await vedette.close();
  }
  row("portal.list_100k_s", quantile(times, 0.5), "s", Math.min(...times), Math.max(...times), LOADS,
    "100,001 agents that beat meanwhile: navigation → table painted, and a first search answered and painted, in Chromium");
}

if (WANTED.includes("portal.transition_ms")) await transitions();
if (WANTED.includes("portal.list_100k_s")) await list();
