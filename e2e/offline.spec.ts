// The second visit without a network, on a phone, in Korean, with the keyboard alone; and no other origin is asked.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, open, ready } from "./yard";

test.use({ locale: "ko-KR", viewport: { width: 360, height: 640 } });

const step = (page: Page, name: string) => page.locator(`[data-testid="lesson-step"][data-name="${name}"]`);

/** Goes on with Tab until the element has the keyboard. */
async function reach(page: Page, selector: string): Promise<void> {
  const target = page.locator(selector).first();
  await expect(target).toBeVisible();
  for (let count = 0; count < 200; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

/** Goes there with Tab and presses Enter. */
async function press(page: Page, selector: string): Promise<void> {
  await reach(page, selector);
  await page.keyboard.press("Enter");
}

/** Types a line into the terminal, and comes back to the lesson. */
async function type(page: Page, line: string): Promise<void> {
  await press(page, '.panes__tab:has-text("터미널")');
  await reach(page, '[data-testid="terminal-input"]');
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await press(page, '.panes__tab:has-text("학습")');
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

  await press(page, '.panes__tab:has-text("학습")');
  await press(page, '[data-testid="lesson-row"]');
  await expect(page.getByTestId("lesson")).toContainText("모든 것은 오브젝트");
  await expect(step(page, "look")).toHaveAttribute("data-state", "now");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);

  await press(page, '[data-name="look"] .command:has-text("apply") button');
  await advance(page, 5);
  await expect(step(page, "look")).toHaveAttribute("data-state", "done");
  await type(page, "kubectl label namespace team color=blue");
  await advance(page, 5);
  await expect(step(page, "field")).toHaveAttribute("data-state", "done");
  await type(page, "kubectl create configmap note --from-literal=text=hello -n team");
  await advance(page, 5);
  await expect(page.getByTestId("lesson")).toHaveAttribute("data-finished", "true");
  expect(strangers, "requests to other origins").toEqual([]);
});
