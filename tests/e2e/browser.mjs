// Chromium, and what a person does at the portal with it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { Authenticator, ROOT } from "./deployment.mjs";
import { until } from "./tap.mjs";

const require = createRequire(join(ROOT, "web/package.json"));
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core/axe.min.js");

export const PICTURES = join(ROOT, "build/e2e");
export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

const PATIENCE_MS = 15_000;
const LOOK_AGAIN_MS = 5_000;

// Chromium says so of every answer that is no 2xx, and a session that is not there yet is one; and of everything in
// flight when a network interface of the machine comes or goes, as other work on it may cause.
const EXPECTED = /Failed to load resource: (the server responded with a status of 401|net::ERR_NETWORK_CHANGED)/;

export class Browser {
  static async start() {
    const one = new Browser();
    mkdirSync(PICTURES, { recursive: true });
    one.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
    });
    one.complaints = []; // what the browser said of our pages: exceptions, violations of the CSP
    return one;
  }

  /** A page in a context of its own. */
  async page(url, options = {}) {
    const context = await this.chromium.newContext({ ignoreHTTPSErrors: true, viewport: DESK, colorScheme: "dark", baseURL: url, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const goto = page.goto.bind(page);
    page.goto = (...to) => goto(...to).catch((problem) => {
      if (!/ERR_NETWORK_CHANGED/.test(problem.message)) throw problem;
      return goto(...to);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !EXPECTED.test(message.text())) this.complaints.push(message.text());
    });
    page.on("pageerror", (problem) => this.complaints.push(problem.stack));
    return page;
  }

  /** What every open page shows, for whoever reads the failure. */
  async pictures(name) {
    const pages = this.chromium.contexts().flatMap((context) => context.pages());
    for (const [i, page] of pages.entries()) await picture(page, `${name}-${i}`).catch(() => {});
  }

  async close() {
    await this.chromium.close();
  }
}

/** Follow a one-time link; gives the authenticator app that was set up with it. */
export async function useLink(page, link, user, password) {
  await page.goto(link);
  const secret = await page.getByRole("region", { name: "Secret for the authenticator app" }).textContent();
  const app = new Authenticator(secret.trim());
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Code that the app shows").fill(await app.code());
  await page.getByRole("button", { name: "Set up and log in" }).click();
  await page.getByRole("heading", { name: "Fleet" }).waitFor();
  return app;
}

export async function logIn(page, user, password, code) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Code from your authenticator app").fill(code);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** A fleet registered in bulk reaches the portal by and by, and no event tells of each agent: look again until it has. */
export async function untilListed(page, words) {
  await until(words, async () => {
    const listed = await page.locator(".summary", { hasText: words }).waitFor({ timeout: LOOK_AGAIN_MS }).then(() => true, () => false);
    if (!listed) await page.reload();
    return listed;
  }, 90_000);
}

/** What axe finds wrong with the page as it stands, in words; none is "". */
export async function accessibility(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" | ")}`).join("\n");
}

export async function picture(page, name) {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** axe, in a context whose scripts the policy lets in, with the same session: dark on a desk, light on a phone. */
export async function clean(given, name, locator) {
  const { browser, vedette, page } = given;
  given.looker ??= await browser.page(vedette.url, { bypassCSP: true, storageState: await page.context().storageState() });
  await given.looker.goto(`/${new URL(page.url()).hash}`);
  await cleanly(given.looker, name, locator);
}

/** The same of a page that lets scripts in. */
export async function cleanly(looker, name, locator) {
  for (const [kind, size, colorScheme] of [["", DESK, "dark"], ["-phone", PHONE, "light"]]) {
    await looker.setViewportSize(size);
    await looker.emulateMedia({ colorScheme });
    await looker.locator(locator).first().waitFor();
    await picture(looker, `${name}${kind}`);
    assert.equal(await accessibility(looker), "", `${name}${kind}`);
  }
}
