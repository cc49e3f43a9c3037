// From a key to the mark of the mistake that it made, in fifty documents of two thousand lines.
import { spread, withBrowser, yard } from "./browser.mjs";

const DOCUMENTS = 50;
const KEYS = 10;

/** A ConfigMap of forty lines. */
function document(number) {
  const rows = Array.from({ length: 32 }, (_, row) => `  key-${row}: "value ${row} of ${number}"`);
  return ["apiVersion: v1", "kind: ConfigMap", "metadata:", `  name: settings-${number}`, "  labels:", "    app: web", "data:", ...rows].join("\n");
}

/** From now on, in the page: `marked` becomes the time from the next key to the change of the problems. */
function listen() {
  const problems = () => document.querySelectorAll('[data-testid="problem"]').length;
  const before = problems();
  window.marked = new Promise((done) => {
    addEventListener("keydown", ({ timeStamp }) => {
      const look = () => (problems() === before ? requestAnimationFrame(look) : done(performance.now() - timeStamp));
      look();
    }, { capture: true, once: true });
  });
}

/** The editor's numbers. */
export default (url) => withBrowser(async (browser) => {
  const page = await yard(browser, url);
  await page.getByTestId("editor").locator(".monaco-editor").first().waitFor();
  const text = Array.from({ length: DOCUMENTS }, (_, number) => document(number)).join("\n---\n");
  await page.evaluate((text) => window.podyard.setManifest(text), text);
  // The end of a key that is known: one letter more and it is not.
  const lines = page.locator(".monaco-editor .view-line");
  await lines.filter({ hasText: "metadata:" }).first().click();
  await page.keyboard.press("Home");
  await page.waitForTimeout(2_000);
  const times = [];
  for (let key = 0; key < KEYS; key++) {
    await page.evaluate(listen);
    // A letter makes the mistake, the next key takes it away again.
    await page.keyboard.press(key % 2 ? "Backspace" : "x");
    times.push(await page.evaluate(() => window.marked));
    await page.waitForTimeout(500);
  }
  return { lines: text.split("\n").length, documents: DOCUMENTS, key_to_mark_ms: spread(times) };
});
