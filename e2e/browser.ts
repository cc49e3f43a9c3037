// A fresh Chromium profile for each test, and a page that fails the test on any error of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect, test as base } from "@playwright/test";

export { expect };

/** What keeps Chromium from asking the network for anything but the page. */
const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const isRoot = process.getuid?.() === 0;

export const test = base.extend<{ errors: string[] }>({
  context: async ({ baseURL, viewport, locale, colorScheme, reducedMotion }, use) => {
    const profile = await mkdtemp(join(tmpdir(), "podyard-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.PODYARD_CHROMIUM || undefined,
      headless: true,
      args: isRoot ? ["--no-sandbox", ...quiet] : quiet,
      baseURL,
      viewport,
      locale,
      colorScheme,
      reducedMotion,
    });
    await use(context);
    await context.close();
    await rm(profile, { recursive: true, force: true });
  },
  /** What went wrong in the page; a test that expects something empties it. */
  errors: [async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(errors);
    expect(errors, "errors on the page's console").toEqual([]);
  }, { auto: true }],
});
