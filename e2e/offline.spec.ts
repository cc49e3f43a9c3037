// The second visit without a network, on a phone, in Korean, with the keyboard alone; and no other origin is asked.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, open, ready } from "./yard";

test.use({ locale: "ko-KR", viewport: { width: 360, height: 640 } });

const step = (page: Page, name: string) => page.locator(`[data-testid="lesson-step"][data-name="${name}"]`);

/** Goes on with Tab until the element has the keyboard, and presses Enter. */
async function press(page: Page, selector: string): Promise<void> {
  const target = page.locator(selector).first();
  await expect(target).toBeVisible();
  for (let count = 0; count < 200; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
  await page.keyboard.press("Enter");
}

test("the first lesson is taken with the keyboard, without a network", async ({ page, context, baseURL }) => {
  test.slow();
  const strangers: string[] = [];
  context.on("request", (request) => {
    const isOurs = request.url().startsWith(baseURL ?? "") || /^(blob|data):/.test(request.url());
    if (!isOurs) strangers.push(request.url());
  });
  await open(page);
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active !== null, null, { timeout: 60_000 });
  await context.setOffline(true);
  await page.reload();
  await ready(page);

  await press(page, ".panes__tab");
  await press(page, '[data-testid="lesson-row"][data-name="first-pod"]');
  await expect(page.getByTestId("lesson")).toContainText("첫 번째 파드");
  await expect(step(page, "apply")).toHaveAttribute("data-state", "now");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);

  await press(page, '[data-name="apply"] .command button');
  await advance(page, 30);
  await expect(step(page, "apply")).toHaveAttribute("data-state", "done");
  await press(page, '[data-name="talk"] .command:has-text("curl -s localhost") button');
  await advance(page, 10);
  await expect(step(page, "talk")).toHaveAttribute("data-state", "done");
  await press(page, '[data-name="lose"] .command button');
  await advance(page, 60);
  await expect(page.getByTestId("lesson")).toHaveAttribute("data-finished", "true");
  expect(strangers, "requests to other origins").toEqual([]);
});
