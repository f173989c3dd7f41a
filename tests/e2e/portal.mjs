// What a test of the portal begins with: a deployment, a browser, and a page of the one in the other.
import { Browser } from "./browser.mjs";

/** {vedette, browser, page, close()}; the deployment is closed with it, and if it cannot be opened. */
export async function openPortal(vedette, options) {
  let browser;
  const close = async () => {
    await browser?.close();
    await vedette.close();
  };
  try {
    browser = await Browser.start();
    return { vedette, browser, page: await browser.page(vedette.url, options), close };
  } catch (problem) {
    await close();
    throw problem;
  }
}
