// The three pictures over one selection: what each shows, that nobody jumps, and that keys go through it as a tree.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, manifest, open, pods, run } from "./yard";

/** Where each running Pod of a Deployment stands, by name. */
async function places(page: Page, prefix: string): Promise<Record<string, string>> {
  const of = (all: Element[]) => Object.fromEntries(all.map((pod) => [pod.getAttribute("data-name"), pod.getAttribute("style")]));
  return pods(page, prefix).evaluateAll(of);
}

test.beforeEach(async ({ page }) => {
  await open(page);
});

test("a Pod that stays does not move when another goes", async ({ page }) => {
  await run(page, "kubectl create deployment web --image=nginx --replicas=6");
  await advance(page, 30);
  await page.waitForTimeout(500);
  const before = await places(page, "web-");
  const [gone, ...others] = Object.keys(before);
  await run(page, `kubectl delete pod ${gone} --wait=false`);
  await advance(page, 60);
  await expect(page.locator(`[data-testid="pod"][data-name="${gone}"]`)).toHaveCount(0);
  const after = await places(page, "web-");
  for (const name of others) expect(after[name], name).toBe(before[name]);
});

test("a rollout shows both revisions side by side, with its bounds", async ({ page }) => {
  await run(page, "kubectl create deployment web --image=nginx --replicas=4");
  await advance(page, 30);
  await page.getByTestId("view-objects").click();
  await run(page, "kubectl set image deployment/web nginx=nginx:1.27");
  await advance(page, 1);
  await page.evaluate(() => window.podyard.setSpeed(0));
  const gauge = page.getByTestId("deployment").getByTestId("gauge");
  await expect(gauge).toHaveAttribute("data-rolling", "true");
  await expect(gauge).toContainText("at least 3 Pods available and never has more than 5");
  const sets = page.getByTestId("replicaset");
  await expect(sets).toHaveCount(2);
  const [left, right] = await Promise.all([sets.nth(0).boundingBox(), sets.nth(1).boundingBox()]);
  expect(left?.y).toBe(right?.y);
  await expect(pods(page, "web-").and(page.locator('[data-revision="2"]')).first()).toBeVisible();
});

test("the traffic picture leads from outside by the load balancer and the nodes to the Pods", async ({ page }) => {
  await page.evaluate(async (texts) => {
    for (const text of texts) {
      window.podyard.setManifest(text);
      await window.podyard.apply();
    }
  }, [manifest("04-hostname-deployment.yaml"), manifest("07-service-loadbalancer.yaml")]);
  await advance(page, 60);
  await page.getByTestId("view-traffic").click();
  await expect(page.getByTestId("outside")).toBeVisible();
  await expect(page.getByTestId("balancer")).toContainText("198.51.100.");
  await expect(page.getByTestId("door")).toHaveCount(4);
  await expect(pods(page, "hostname-deployment-")).toHaveCount(3);
  await page.getByTestId("outside").focus();
  for (const [key, shape] of [["ArrowRight", "balancer"], ["ArrowRight", "door"], ["ArrowLeft", "balancer"]] as const) {
    await page.keyboard.press(key);
    await expect(page.getByTestId(shape).and(page.locator(":focus"))).toHaveCount(1);
  }
  await page.keyboard.press("End");
  await expect(page.getByTestId("pod").and(page.locator(":focus"))).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("inspector")).toContainText("hostname-deployment-");
});

test("many Pods fold into counts, and one that is not well stays in sight", async ({ page }) => {
  await run(page, "kubectl create deployment web --image=nginx --replicas=310");
  await run(page, "kubectl create deployment broken --image=nothing/like-this");
  await advance(page, 180);
  const counts = await page.getByTestId("fold").evaluateAll((all) => all.map((fold) => Number(fold.getAttribute("data-count"))));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(250);
  await expect(pods(page, "broken-")).toHaveAttribute("data-health", "failed");
});

test("a picture of many machines is drawn where it is seen, and keys reach all of it", async ({ page }) => {
  test.slow();
  await page.evaluate(() => window.podyard.reset({ nodes: 400 }));
  await run(page, "kubectl create deployment web --image=nginx --replicas=800");
  await advance(page, 60);
  expect(await page.locator(".shape").count()).toBeLessThan(400);
  const stage = page.locator(".picture__stage");
  await stage.evaluate((own) => own.scrollTo(0, own.scrollHeight));
  await expect(page.locator('[data-testid="node"][data-name="worker-400"]')).toBeVisible();
  await page.locator('[data-testid="node"][data-name="worker-400"]').focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("deployment").and(page.locator(":focus"))).toHaveCount(1);
});
