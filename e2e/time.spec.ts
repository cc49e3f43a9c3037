// Time travel: back to an earlier moment, forward again to now, and on from there as another history.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, open, pods, run } from "./yard";

/** Moves the timeline to so many seconds after the beginning. */
function seek(page: Page, seconds: number): Promise<void> {
  return page.getByTestId("seek").evaluate((slider: HTMLInputElement, seconds) => {
    slider.value = String(seconds);
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }, seconds);
}

test.beforeEach(async ({ page }) => {
  await open(page);
  await page.evaluate(() => window.podyard.setSpeed(0));
  await advance(page, 10);
  await run(page, "kubectl create deployment web --image=nginx --replicas=2");
  await advance(page, 60);
  await run(page, "kubectl scale deployment web --replicas=5");
  await advance(page, 60);
  await expect(pods(page, "web-")).toHaveCount(5);
});

test("an earlier moment is shown as it was, and now is as it was left", async ({ page }) => {
  await seek(page, 50);
  await expect(pods(page, "web-")).toHaveCount(2);
  await expect(page.getByTestId("past")).toBeVisible();
  await seek(page, 5);
  await expect(pods(page, "web-")).toHaveCount(0);
  await page.getByTestId("to-end").click();
  await expect(pods(page, "web-")).toHaveCount(5);
  await expect(page.getByTestId("past")).toHaveCount(0);
});

test("back and forth, each moment shows the same Pods", async ({ page }) => {
  const names = () => pods(page, "web-").evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset.name).sort());
  await run(page, "kubectl rollout restart deployment web");
  await advance(page, 60);
  const now = await names();
  const shown = new Map<number, (string | undefined)[]>();
  for (const seconds of [12, 125, 50, 131, 75]) {
    await seek(page, seconds);
    await expect(page.getByTestId("clock")).toHaveText(new RegExp(`:0${Math.floor(seconds / 60)}:`));
    shown.set(seconds, await names());
  }
  for (const seconds of [131, 12, 75, 125, 50]) {
    await seek(page, seconds);
    await expect.poll(names).toEqual(shown.get(seconds));
  }
  expect(shown.get(75)).toHaveLength(5);
  await page.getByTestId("to-end").click();
  await expect.poll(names).toEqual(now);
});

test("what is done at an earlier moment begins another history", async ({ page }) => {
  await seek(page, 50);
  await expect(pods(page, "web-")).toHaveCount(2);
  await run(page, "kubectl scale deployment web --replicas=1");
  await advance(page, 60);
  await expect(pods(page, "web-")).toHaveCount(1);
  await expect(page.getByTestId("past")).toHaveCount(0);
  const { stdout } = await run(page, "kubectl get deployment web -o jsonpath={.spec.replicas}");
  expect(stdout).toBe("1");
});

test("what was done, what happened and what went wrong stand in lanes of their own", async ({ page }) => {
  await run(page, "kubectl create deployment broken --image=nothing/like-this");
  await advance(page, 60);
  const marks = (lane: string) => page.locator(`[data-testid="mark"][data-lane="${lane}"]`);
  await expect(marks("deeds")).toHaveCount(3);
  expect(await marks("events").count()).toBeGreaterThan(2);
  expect(await marks("warnings").count()).toBeGreaterThan(0);
  await marks("deeds").nth(1).hover({ force: true });
  await expect(page.getByTestId("readout")).toContainText("$ kubectl scale deployment web --replicas=5");
});

test("dragging the timeline shows the moments on the way, and the arrow keys move by a second", async ({ page }) => {
  const slider = page.getByTestId("seek");
  await slider.evaluate((own: HTMLInputElement) => {
    own.value = "50";
    own.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await expect(pods(page, "web-")).toHaveCount(2);
  const before = await page.getByTestId("clock").textContent();
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByTestId("clock")).not.toHaveText(before ?? "");
});
