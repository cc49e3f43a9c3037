// axe finds nothing to complain about, in both languages and themes; narrow pages do not scroll sideways.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, apply, manifest, open } from "./yard";

async function check(page: Page): Promise<void> {
  // Monaco's own markup is not ours to mend.
  const { violations } = await new AxeBuilder({ page }).exclude(".monaco-editor").analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`);
  expect(told).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("an empty cluster", async ({ page }) => {
      await open(page);
      await check(page);
    });

    test("a running Deployment and a mistake", async ({ page }) => {
      await open(page);
      await apply(page, manifest("03-deployment.yaml"));
      await advance(page, 30);
      await apply(page, manifest("01-pod.yaml"));
      await expect(page.getByTestId("problem").first()).toBeVisible();
      await check(page);
    });
  });
}

test.describe("in Korean", () => {
  test.use({ locale: "ko-KR" });

  test("an empty cluster", async ({ page }) => {
    await open(page);
    await expect(page.locator("html")).toHaveAttribute("lang", "ko");
    await check(page);
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("nothing scrolls sideways, and axe is content", async ({ page }) => {
    await open(page);
    await apply(page, manifest("03-deployment.yaml"));
    await advance(page, 30);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await check(page);
  });
});
