// The first lesson from beginning to end, with the buttons it offers and the text it asks for.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, open } from "./yard";

const step = (page: Page, name: string) => page.locator(`[data-testid="lesson-step"][data-name="${name}"]`);

/** Changes the manifest in the editor and presses Apply. */
async function change(page: Page, from: string, to: string): Promise<void> {
  await page.evaluate(([from, to]) => {
    window.podyard.setManifest(window.podyard.getManifest().replace(from, to));
  }, [from, to] as const);
  await page.getByTestId("apply").click();
  await advance(page, 60);
}

test("the first lesson can be finished", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Lesson" }).click();
  await page.locator('[data-testid="lesson-row"][data-name="first-deployment"]').click();
  await expect(step(page, "apply")).toHaveAttribute("data-state", "now");
  await expect(step(page, "apply").getByTestId("lesson-check").first()).toHaveAttribute("data-passed", "false");

  await step(page, "apply").getByRole("button", { name: "Run" }).first().click();
  await advance(page, 30);
  await expect(step(page, "apply")).toHaveAttribute("data-state", "done");

  await step(page, "heal").getByRole("button", { name: "Run" }).first().click();
  await advance(page, 60);
  await expect(step(page, "heal")).toHaveAttribute("data-state", "done");

  await change(page, "replicas: 3", "replicas: 4");
  await expect(step(page, "scale")).toHaveAttribute("data-state", "done");

  await change(page, "nginx:1.27", "nginx:1.28");
  await expect(page.getByTestId("lesson")).toHaveAttribute("data-finished", "true");
});

test("a press lets simulated time pass, and the lesson sees what it brings", async ({ page }) => {
  await open(page, "./#lesson=node-dies");
  await expect(step(page, "silence")).toHaveAttribute("data-state", "now");
  await step(page, "silence").getByRole("button", { name: "Run" }).first().click();
  await step(page, "silence").getByTestId("lesson-wait").click();
  await expect(step(page, "silence")).toHaveAttribute("data-state", "done");
});

test.describe("in Korean", () => {
  test.use({ locale: "ko-KR" });

  test("the lesson has its words", async ({ page }) => {
    await open(page);
    await page.getByRole("button", { name: "학습" }).click();
    await expect(page.getByTestId("lesson")).toContainText("첫 번째 Deployment");
  });
});
