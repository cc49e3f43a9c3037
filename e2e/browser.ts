// A fresh Chromium profile for each test, and a page that fails the test on any error of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, expect, test as base } from "@playwright/test";

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

type Options = Parameters<typeof chromium.launchPersistentContext>[1];

/** A browser of its own, with a fresh profile, for as long as it is used. */
export async function withBrowser(options: Options, use: (context: BrowserContext) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), "podyard-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.PODYARD_CHROMIUM || undefined,
    headless: true,
    args: isRoot ? ["--no-sandbox", ...quiet] : quiet,
    ...options,
  });
  await use(context);
  await context.close();
  await rm(profile, { recursive: true, force: true });
}

export const test = base.extend<{ errors: string[] }>({
  context: async ({ baseURL, viewport, locale, colorScheme, reducedMotion }, use) => {
    await withBrowser({ baseURL, viewport, locale, colorScheme, reducedMotion }, use);
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
