// The article walked in the page: a Deployment, its Pods, a Service, and mistakes with their markers.
import { expect, test } from "./browser";
import { advance, apply, manifest, open, pods, run } from "./yard";

const DEPLOYMENT = "my-nginx-deployment";

test.beforeEach(async ({ page }) => {
  await open(page);
});

test("Apply turns the Deployment into three running Pods on several nodes", async ({ page }) => {
  await apply(page, manifest("03-deployment.yaml"));
  await advance(page, 30);
  const running = pods(page, DEPLOYMENT).and(page.locator("[data-phase='Running'][data-ready='true']"));
  await expect(running).toHaveCount(3);
  const nodes = await running.evaluateAll((all) => all.map((pod) => pod.getAttribute("data-node")));
  expect(new Set(nodes).size).toBeGreaterThan(1);
  await expect(page.getByTestId("deployment").and(page.locator(`[data-name="${DEPLOYMENT}"]`)).first()).toBeVisible();
});

test("the terminal prints the columns of kubectl", async ({ page }) => {
  await apply(page, manifest("03-deployment.yaml"));
  await advance(page, 30);
  const { stdout, code } = await run(page, "kubectl get deploy,rs,po -o wide");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR$/m);
  expect(stdout).toMatch(/^deployment\.apps\/my-nginx-deployment +3\/3 +3 +3 /m);
  expect(stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/m);
  await expect(page.getByTestId("terminal")).toContainText("deployment.apps/my-nginx-deployment");
});

test("a deleted Pod is replaced by a new one", async ({ page }) => {
  await apply(page, manifest("03-deployment.yaml"));
  await advance(page, 30);
  await expect(pods(page, DEPLOYMENT)).toHaveCount(3);
  const name = await pods(page, DEPLOYMENT).first().getAttribute("data-name");
  const { stdout } = await run(page, `kubectl delete pod ${name} --wait=false`);
  expect(stdout).toBe(`pod "${name}" deleted\n`);
  await advance(page, 60);
  await expect(page.locator(`[data-testid="pod"][data-name="${name}"]`)).toHaveCount(0);
  await expect(pods(page, DEPLOYMENT).and(page.locator("[data-ready='true']"))).toHaveCount(3);
});

test("a changed manifest is configured", async ({ page }) => {
  await apply(page, manifest("03-deployment.yaml"));
  await advance(page, 30);
  const text = manifest("03-deployment.yaml").replace("replicas: 3", "replicas: 4");
  const { stdout } = await page.evaluate((text) => {
    window.podyard.setManifest(text);
    return window.podyard.apply();
  }, text);
  expect(stdout).toBe("deployment.apps/my-nginx-deployment configured\n");
  await advance(page, 30);
  await expect(pods(page, DEPLOYMENT).and(page.locator("[data-ready='true']"))).toHaveCount(4);
});

test("a request to a Service reaches one of its Pods and shows on its way", async ({ page }) => {
  await apply(page, manifest("04-hostname-deployment.yaml"));
  await apply(page, manifest("06-service-nodeport.yaml"));
  await advance(page, 60);
  const { stdout: port } = await run(page, "kubectl get svc hostname-svc-nodeport -o jsonpath={.spec.ports[0].nodePort}");
  const { stdout: node } = await run(page, "kubectl get nodes -o jsonpath={.items[1].status.addresses[0].address}");
  // As in a cloud, a node port is closed until a rule of the firewall opens it.
  const rule = await run(page, `gcloud compute firewall-rules create web --allow=tcp:${port}`);
  expect(rule.code).toBe(0);
  const { stdout, code } = await run(page, `curl -s http://${node}:${port}`);
  expect(code).toBe(0);
  expect(stdout).toContain("hostname-deployment-");
});

const wrong = [
  ["01-pod.yaml", /strict decoding error: unknown field "spec\.ports"/],
  ["05-service-clusterip.yaml", /cannot unmarshal string into Go struct field metadataOnlyObject\.metadata of type v1\.ObjectMeta/],
  ["08-service-loadbalancer-local.yaml", /error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context/],
] as const;

for (const [name, message] of wrong) {
  test(`${name} is refused in kubectl's words and marked in the editor`, async ({ page }) => {
    const result = await page.evaluate((text) => {
      window.podyard.setManifest(text);
      return window.podyard.apply();
    }, manifest(name));
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(message);
    await expect(page.getByTestId("problem").first()).toBeVisible();
    await expect(page.getByTestId("editor").locator(".squiggly-error").first()).toBeVisible();
  });
}
