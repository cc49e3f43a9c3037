// Traffic at a rate: started from the picture, seen by endpoint, and what a rollout does to it.
import { expect, test } from "./browser";
import { advance, open, run } from "./yard";

const READY = '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","readinessProbe":{"httpGet":{"path":"/","port":80},"periodSeconds":1}}]}}}}';
/** Says that it is ready although nothing listens: the port is wrong in the Service's eyes. */
const WRONG = '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","command":["sleep","infinity"],"readinessProbe":null}]}}}}';

test.beforeEach(async ({ page }) => {
  await open(page);
  await run(page, "kubectl create deployment web --image=nginx --replicas=3");
  await run(page, `kubectl patch deployment web -p '${READY}'`);
  await run(page, "kubectl expose deployment web --port=80 --type=LoadBalancer");
  await advance(page, 90);
  await page.getByTestId("view-traffic").click();
  await page.locator('[data-testid="service"][data-name="web"]').click();
  await page.getByTestId("traffic-rate").selectOption("20");
  await page.getByTestId("send-traffic").click();
});

test("traffic runs at a rate, is shared by the endpoints, and stops", async ({ page }) => {
  await expect(page.getByTestId("terminal-output")).toContainText("traffic/traffic-1 started");
  await advance(page, 60);
  const traffic = page.getByTestId("traffic");
  await expect(traffic).toHaveAttribute("data-failed", "0");
  await expect(traffic).toContainText("none failed");
  await expect.poll(async () => Number(await traffic.getAttribute("data-sent"))).toBeGreaterThan(1_000);
  const shares = await page.getByTestId("share-of").evaluateAll((all) => all.map((own) => Number(own.getAttribute("data-share"))));
  expect(shares).toHaveLength(3);
  for (const share of shares) expect(Math.abs(share - 333)).toBeLessThan(60);
  await page.getByTestId("stop-traffic").click();
  await expect(page.getByTestId("terminal-output")).toContainText("traffic/traffic-1 stopped");
  await expect(traffic).toHaveCount(0);
});

test("where requests are too many to be seen one by one, a band and a number stand for them", async ({ page }) => {
  await expect(page.getByTestId("terminal-output")).toContainText("traffic/traffic-1 started");
  await expect(page.getByTestId("band")).toHaveCount(0);
  await run(page, "podyard traffic stop --all");
  const { stdout } = await run(page, "kubectl get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'");
  await run(page, `podyard traffic start --to http://${stdout}/ --rps 90 --name many`);
  await advance(page, 20);
  await expect(page.getByTestId("band")).toHaveCount(3);
  for (const rate of await page.getByTestId("rate").allTextContents()) {
    expect(Math.abs(Number.parseInt(rate, 10) - 30)).toBeLessThan(6);
  }
  await run(page, "podyard traffic stop many");
  await expect(page.getByTestId("band")).toHaveCount(0);
});

test("a rollout that waits for readiness fails nobody; one that does not, does", async ({ page }) => {
  const traffic = page.getByTestId("traffic");
  await run(page, "kubectl set image deployment/web nginx=nginx:1.27");
  await run(page, "kubectl rollout status deployment/web");
  await advance(page, 30);
  await expect(traffic).toHaveAttribute("data-failed", "0");
  await run(page, `kubectl patch deployment web -p '${WRONG}'`);
  await advance(page, 60);
  await expect.poll(async () => Number(await traffic.getAttribute("data-failed"))).toBeGreaterThan(0);
  await expect(traffic).toContainText("refused");
});

test("a machine is stopped from the picture, seen as gone, and started again", async ({ page }) => {
  await page.getByTestId("view-cluster").click();
  const node = page.locator('[data-testid="node"][data-name="worker-1"]');
  await node.click({ position: { x: 60, y: 14 } });
  await page.locator('[data-testid="deed"][data-name="Stop"]').click();
  await expect(page.getByTestId("terminal-output")).toContainText(/podyard fault node \S+ down/);
  // The cluster does not know yet, but the person does.
  await expect(page.locator('[data-testid="deed"][data-name="Start"]')).toBeVisible();
  await expect(page.getByTestId("plain")).toContainText("the cluster does not know yet");
  await advance(page, 60);
  await expect(node).toHaveAttribute("data-health", "unknown");
  await expect(node).toContainText("Not heard of");
  await page.locator('[data-testid="deed"][data-name="Start"]').click();
  await advance(page, 30);
  await expect(node).toHaveAttribute("data-health", "running");
});
