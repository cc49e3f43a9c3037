// The page's own interface, and the picture it draws, as the tests use them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import type { CommandResult } from "../public/podyard";

/** One of the article's manifests, as published. */
export function manifest(name: string): string {
  return readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
}

/** Opens the page and waits for its cluster. */
export async function open(page: Page, address = "./"): Promise<void> {
  await page.goto(address);
  await ready(page);
}

/** Waits for the cluster of a page that is loading. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => "podyard" in window);
  await page.evaluate(() => window.podyard.ready);
}

/** Puts a manifest into the editor and presses Apply. */
export async function apply(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => window.podyard.setManifest(text), text);
  await page.getByTestId("apply").click();
}

/** Runs a line of the terminal. */
export function run(page: Page, command: string): Promise<CommandResult> {
  return page.evaluate((command) => window.podyard.run(command), command);
}

/** Lets simulated time pass. */
export function advance(page: Page, seconds: number): Promise<void> {
  return page.evaluate((seconds) => window.podyard.advance(seconds), seconds);
}

/** The Pods in the picture whose names begin so. */
export function pods(page: Page, prefix: string): Locator {
  return page.locator(`[data-testid="pod"][data-name^="${prefix}"]`);
}
