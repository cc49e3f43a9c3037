// Why it is so, and what can be done: node by node, cause by cause, to the line in the editor; each deed by its command.
import { expect, test } from "./browser";
import { advance, manifest, open, pods, run } from "./yard";

const greedy = manifest("03-deployment.yaml").replace(/( +)image: .*/, "$1image: nginx:nope\n$1resources: {requests: {cpu: 1200m}}");

test.beforeEach(async ({ page }) => {
  await open(page);
});

test("a Pending Pod says which plugin refused each node", async ({ page }) => {
  await page.evaluate(async (text) => {
    window.podyard.setManifest(text);
    await window.podyard.apply();
    await window.podyard.run("kubectl scale deployment my-nginx-deployment --replicas=4");
  }, greedy);
  await advance(page, 20);
  await page.locator('[data-testid="pod"][data-node=""]').click();
  await page.getByRole("tab", { name: "Why?" }).click();
  await expect(page.getByTestId("opinion")).toHaveCount(4);
  await expect(page.getByTestId("opinion").filter({ hasText: "NodeResourcesFit" })).toHaveCount(3);
  await expect(page.getByTestId("opinion").filter({ hasText: "TaintToleration" })).toHaveCount(1);
});

test("a failing Pod leads to its makers and to the line that names its image", async ({ page }) => {
  await page.evaluate(async (text) => {
    window.podyard.setManifest(text);
    await window.podyard.apply();
  }, greedy);
  await advance(page, 40);
  await page.locator('[data-testid="pod"][data-health="failed"]').first().click();
  await page.getByRole("tab", { name: "Why?" }).click();
  await expect(page.getByTestId("cause")).toHaveCount(3);
  await expect(page.getByTestId("cause").nth(1)).toContainText("SuccessfulCreate");
  const line = greedy.split("\n").findIndex((text) => text.includes("image:")) + 1;
  await expect(page.getByTestId("field-link").first()).toContainText(`line ${line}`);
});

test("what is chosen can be scaled, restarted and deleted by buttons that echo their commands", async ({ page }) => {
  await run(page, "kubectl create deployment web --image=nginx --replicas=2");
  await advance(page, 20);
  await page.getByTestId("deployment").click();
  const deed = (name: string) => page.locator(`[data-testid="deed"][data-name="${name}"]`);
  await deed("ScaleUp").click();
  await expect(page.getByTestId("terminal-output")).toContainText("kubectl scale deployment web --replicas=3");
  await advance(page, 20);
  await expect(pods(page, "web-")).toHaveCount(3);
  await deed("Restart").click();
  await expect(page.getByTestId("terminal-output")).toContainText("kubectl rollout restart deployment web");
  await page.locator('[data-testid="node"][data-name="worker-1"]').click({ position: { x: 60, y: 14 } });
  await deed("Cordon").click();
  await expect(page.locator('[data-testid="node"][data-name="worker-1"]')).toHaveAttribute("data-cordoned", "true");
});

test("what learners stand before is said in plain words, in both languages, with the line that goes on", async ({ page }) => {
  await page.evaluate(() => window.podyard.reset({ profile: "local" }));
  await run(page, "kubectl create deployment broken --image=nothing/like-this");
  await run(page, "kubectl run crash --image=busybox -- false");
  await run(page, "kubectl create deployment web --image=nginx");
  await run(page, "kubectl expose deployment web --port=80 --type=LoadBalancer");
  await run(page, "kubectl create service clusterip lonely --tcp=80");
  await advance(page, 90);
  const plain = page.getByTestId("plain");
  const told = async (kind: string, name: string, english: string) => {
    await page.locator(`[data-testid="${kind}"][data-name^="${name}"]`).first().click();
    await expect(plain).toContainText(english);
  };
  await told("pod", "broken-", "cannot fetch the image nothing/like-this");
  await told("pod", "crash", "starts and ends at once");
  await plain.getByRole("button").click();
  await expect(page.getByTestId("terminal-output")).toContainText("kubectl logs crash --previous");
  await told("service", "lonely", "No Pod has the labels app=lonely");
  await told("service", "web", "A load balancer is made by a cloud");
  await page.getByTestId("language").click();
  await expect(plain).toContainText("로드 밸런서는 클라우드가 만듭니다");
});
