// From nothing to a page that can be used: first paint, first useful picture, a command answered, a link opened.
import { withBrowser } from "./browser.mjs";

/** The network and the processor that Lighthouse calls a slow phone's. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const SLOWER = 4;

/** Visits the page for the first time. */
async function visit(browser, url, { slow, address = "" }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
  const page = await context.newPage();
  if (slow) {
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.emulateNetworkConditions", SLOW);
    await client.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  }
  await page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector('[data-testid="node"]')) return;
      window.pictureAt = performance.now();
      seen.disconnect();
    });
    seen.observe(document, { childList: true, subtree: true });
  });
  await page.goto(url + address);
  await page.waitForFunction(() => "podyard" in window && window.pictureAt);
  const measured = await page.evaluate(async () => {
    await window.podyard.ready;
    await window.podyard.run("kubectl get nodes");
    const answered = performance.now();
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return { first_paint_ms: paint.startTime, picture_ms: window.pictureAt, command_answered_ms: answered };
  });
  await context.close();
  return measured;
}

/** The visits of the page. */
export default (url) => withBrowser(async (browser) => {
  await visit(browser, url, {});
  const fast = await visit(browser, url, {});
  const slow = await visit(browser, url, { slow: true });
  const link = await visit(browser, url, { address: `#p=${process.env.PODYARD_LINK}` });
  return { fast, slow, link_of_100_actions: { picture_ms: link.picture_ms, ready_ms: link.command_answered_ms } };
});
