// What a person typed is kept: over a reload, in a link, and beside a changed language or theme.
import { expect, test } from "./browser";
import { apply, manifest, open, ready, run } from "./yard";

const TEXT = "# kept\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n";

test("the text survives a reload", async ({ page }) => {
  await open(page);
  await page.evaluate((text) => window.podyard.setManifest(text), TEXT);
  await page.waitForTimeout(500);
  await page.reload();
  await ready(page);
  expect(await page.evaluate(() => window.podyard.getManifest())).toBe(TEXT);
});

test("a share link opens the manifests in another browser", async ({ page }) => {
  await open(page);
  await page.evaluate((text) => window.podyard.setManifest(text), manifest("03-deployment.yaml"));
  const link = await page.evaluate(() => window.podyard.share());
  expect(new URL(link).hash).toMatch(/^#p=1\.[A-Za-z0-9_-]+$/);
  await page.evaluate(() => localStorage.clear());
  await page.goto("about:blank");
  await open(page, link);
  expect(await page.evaluate(() => window.podyard.getManifest())).toBe(manifest("03-deployment.yaml"));
});

test("reset brings a new cluster and keeps the text", async ({ page }) => {
  await open(page);
  await apply(page, TEXT);
  await expect.poll(async () => (await run(page, "kubectl get cm kept -o name")).code).toBe(0);
  await page.evaluate(() => window.podyard.reset());
  expect((await run(page, "kubectl get cm kept -o name")).code).toBe(1);
  expect(await page.evaluate(() => window.podyard.getManifest())).toBe(TEXT);
});

test("the page speaks Korean and stays so", async ({ page }) => {
  await open(page);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByTestId("language").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.getByTestId("apply")).toHaveText(/적용/);
  await page.reload();
  await expect(page.getByTestId("apply")).toHaveText(/적용/);
});

test("the theme changes and stays so", async ({ page }) => {
  await open(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  await page.getByTestId("theme").click();
  await expect.poll(background).not.toBe(before);
  const after = await background();
  await page.reload();
  await expect.poll(background).toBe(after);
});

test("a theme chosen while the editor is on its way reaches it", async ({ page }) => {
  let chosen = () => {};
  const until = new Promise<void>((resolve) => (chosen = resolve));
  await page.route("**/monaco/**", async (route) => {
    await until;
    await route.continue();
  });
  const asked = page.waitForRequest("**/monaco/**");
  await open(page);
  await asked;
  await page.getByTestId("theme").click();
  chosen();
  await expect(page.locator(".monaco-editor.vs-dark")).toBeVisible();
});

test("the untouched sample speaks the page's language, and a touched one is left alone", async ({ page }) => {
  await open(page);
  const text = () => page.evaluate(() => window.podyard.getManifest());
  expect(await text()).toContain("# Three replicas");
  await page.getByTestId("language").click();
  await expect.poll(text).toContain("# 웹 서버 레플리카 세 개");
  await page.evaluate(() => window.podyard.setManifest("# mine\nkind: Pod\n"));
  await page.getByTestId("language").click();
  expect(await text()).toBe("# mine\nkind: Pod\n");
});
