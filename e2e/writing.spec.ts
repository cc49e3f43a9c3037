// Help while a manifest is being written: what may stand here, what it means, and whom a selector selects.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, manifest, open, run } from "./yard";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
`;

/** Puts a text into Monaco, and the cursor at its end. */
async function write(page: Page, text: string): Promise<void> {
  await expect(page.getByTestId("editor")).toHaveAttribute("data-rich", "true");
  await page.evaluate((text) => window.podyard.setManifest(text), text);
  await page.locator(".monaco-editor .view-lines").first().click();
  await page.keyboard.press("Control+End");
}

const suggestions = (page: Page) => page.locator(".suggest-widget.visible .monaco-list-row");

async function suggest(page: Page): Promise<void> {
  await page.keyboard.press("Control+Space");
  await expect(suggestions(page).first()).toBeVisible();
}

test.beforeEach(async ({ page }) => {
  await open(page);
});

test("fields are proposed where they belong, required ones first, and go on by themselves", async ({ page }) => {
  await write(page, `${DEPLOYMENT}  `);
  await suggest(page);
  await expect(suggestions(page).first()).toContainText("template");
  await expect(page.locator(".suggest-widget.visible")).not.toContainText("selector");
  await page.keyboard.type("strat");
  await page.keyboard.press("Enter");
  await expect(suggestions(page).first()).toContainText("type");
  await page.keyboard.press("Enter");
  await expect(suggestions(page).first()).toContainText("Recreate");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => window.podyard.getManifest())).toBe(`${DEPLOYMENT}  strategy:\n    type: Recreate`);
});

test("an empty document begins with a whole manifest, in the page's language", async ({ page }) => {
  await page.getByTestId("language").click();
  await write(page, "");
  await suggest(page);
  await page.keyboard.type("Serv");
  await expect(page.locator(".suggest-widget.visible")).toContainText("셀렉터에 맞는 모든 파드");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => window.podyard.getManifest())).toContain("kind: Service\nmetadata:\n  name: web\nspec:\n  type: ClusterIP");
});

test("objects of the cluster are called by their names", async ({ page }) => {
  await run(page, "kubectl create configmap settings --from-literal=COLOR=blue");
  await write(page, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n    envFrom:\n    - configMapRef:\n        name: ");
  await suggest(page);
  await expect(page.locator(".suggest-widget.visible")).toContainText("settings");
});

test("a field tells what it means, its default, and what the cluster has; a selector whom it selects", async ({ page }) => {
  await run(page, "kubectl create deployment web --image=nginx --replicas=2");
  await advance(page, 30);
  await write(page, `${DEPLOYMENT}  replicas: 5\n`);
  await expect(page.locator(".codelens-decoration")).toContainText("selects 2 Pods");
  await page.locator(".view-line span", { hasText: /^replicas$/ }).last().hover();
  const hover = page.locator(".monaco-hover:visible");
  await expect(hover).toContainText("spec.replicas");
  await expect(hover).toContainText("Default: 1");
  await expect(hover).toContainText("In the cluster now: 2");
});

for (const name of ["01-pod.yaml", "05-service-clusterip.yaml", "08-service-loadbalancer-local.yaml"]) {
  test(`${name}, wrong as published, is mended with one press, and undone with one`, async ({ page }) => {
    const text = manifest(name);
    await write(page, text);
    const problem = page.getByTestId("problem");
    await expect(problem).toHaveCount(1);
    await problem.getByRole("button", { name: "Fix" }).click();
    await expect(problem).toHaveCount(0);
    await page.getByTestId("apply").click();
    await expect(page.getByTestId("terminal-output")).toContainText("created");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+z");
    expect(await page.evaluate(() => window.podyard.getManifest())).toBe(text);
  });
}

test("labels that the selector does not look for, and a wrong version, are mended", async ({ page }) => {
  const text = manifest("03-deployment.yaml");
  await write(page, text.replace("apps/v1", "v1").replace(/(template:\s+metadata:\s+(?:name: \S+\s+)?labels:\s+app: )\S+/, "$1other"));
  for (let presses = 0; presses < 2; presses++) {
    await page.getByTestId("problem").getByRole("button", { name: "Fix" }).first().click();
  }
  await expect(page.getByTestId("problem")).toHaveCount(0);
  await page.getByTestId("apply").click();
  await expect(page.getByTestId("terminal-output")).toContainText("created");
});
