// axe finds nothing to complain about, in both languages and themes; narrow pages do not scroll sideways.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, apply, manifest, open, run } from "./yard";

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

    test("each picture, with something chosen in it", async ({ page }) => {
      test.slow();
      await open(page);
      await apply(page, manifest("04-hostname-deployment.yaml"));
      await apply(page, manifest("07-service-loadbalancer.yaml"));
      await run(page, "kubectl create deployment broken --image=nothing/like-this");
      await advance(page, 60);
      for (const view of ["cluster", "objects", "traffic"]) {
        await page.getByTestId(`view-${view}`).click();
        await page.locator('[data-testid="pod"][data-health="failed"]').first().click();
        await page.getByRole("tab", { name: "Why?" }).click();
        await expect(page.getByTestId("cause").first()).toBeVisible();
        await check(page);
        await page.keyboard.press("Escape");
      }
      await page.getByTestId("service").first().click();
      await page.getByRole("tab", { name: "Summary" }).click();
      await page.getByTestId("send-request").click();
      await advance(page, 2);
      await expect(page.getByTestId("hop").first()).toBeVisible();
      await check(page);
    });

    test("traffic that runs, the window for sharing, a lesson, and plain words", async ({ page }) => {
      test.slow();
      await open(page);
      await apply(page, manifest("04-hostname-deployment.yaml"));
      await apply(page, manifest("07-service-loadbalancer.yaml"));
      await advance(page, 60);
      await page.getByTestId("view-traffic").click();
      await page.getByTestId("service").first().click();
      await page.getByTestId("send-traffic").click();
      await advance(page, 30);
      await expect(page.getByTestId("share-of")).toHaveCount(3);
      await check(page);
      await page.getByTestId("stop-traffic").click();
      await page.getByTestId("share").click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await check(page);
      await page.keyboard.press("Escape");
      await page.getByTestId("timeline").getByTestId("seek").focus();
      await expect(page.getByTestId("readout")).toBeVisible();
      await run(page, "kubectl run crash --image=busybox -- false");
      await advance(page, 60);
      await page.getByTestId("view-cluster").click();
      await page.locator('[data-testid="pod"][data-name="crash"]').click();
      await expect(page.getByTestId("plain")).toBeVisible();
      await check(page);
      await page.locator(".bar__lesson").click();
      await expect(page.getByTestId("lesson")).toBeVisible();
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

test.describe("with forced colours", () => {
  test("states keep their words and shapes, and nothing vanishes", async ({ page }) => {
    await page.emulateMedia({ forcedColors: "active" });
    await open(page);
    await run(page, "kubectl create deployment broken --image=nothing/like-this");
    await advance(page, 60);
    const pod = page.locator('[data-testid="pod"]').first();
    await expect(pod).toContainText("ImagePullBackOff");
    await expect(pod.locator(".icon").first()).toBeVisible();
    await check(page);
  });
});

test("every target in the picture is at least 24 pixels wide and high", async ({ page }) => {
  await open(page);
  await run(page, "kubectl create deployment web --image=nginx --replicas=30");
  await advance(page, 30);
  const small = await page.locator(".shape").evaluateAll((all) =>
    all.map((one) => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24).length);
  expect(small).toBe(0);
});

test.describe("with reduced motion", () => {
  test.use({ reducedMotion: "reduce" });

  test("nothing moves, and the request is told all the same", async ({ page }) => {
    await open(page);
    await apply(page, manifest("04-hostname-deployment.yaml"));
    await apply(page, manifest("07-service-loadbalancer.yaml"));
    await advance(page, 60);
    await page.getByTestId("service").first().click();
    await page.getByTestId("send-request").click();
    await expect(page.getByTestId("request-row").first()).toHaveAttribute("data-well", "true");
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});
