// The article's chapter on Services, command by command, in the page.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, manifest, open, run } from "./yard";

/** Applies several of the article's manifests, one after the other. */
async function applyAll(page: Page, ...texts: string[]): Promise<void> {
  await page.evaluate(async (texts) => {
    for (const text of texts) {
      window.podyard.setManifest(text);
      await window.podyard.apply();
    }
  }, texts);
  await advance(page, 60);
}

const DEPLOYMENT = manifest("04-hostname-deployment.yaml");
/** As the article means it: with the space that its print lacks. */
const CLUSTER_IP = manifest("05-service-clusterip.yaml").replace("name:", "name: ");
/** As the article means it: metadata and spec at the margin. */
const LOCAL = manifest("08-service-loadbalancer-local.yaml").replace(/^ {2}metadata[^]*?(?=^ {2}selector)/m, (own) => own.replace(/^ {2}/gm, ""));

/** Asks often from inside a Pod; the names of the Pods that answered. */
async function answers(page: Page, host: string): Promise<Set<string>> {
  const loop = `for i in $(seq 30); do curl -s ${host}; done`;
  const { stdout } = await run(page, `kubectl exec asker -- sh -c '${loop}'`);
  return new Set(stdout.match(/hostname-deployment-[a-z0-9]+-[a-z0-9]+/g));
}

async function field(page: Page, command: string): Promise<string> {
  return (await run(page, command)).stdout;
}

test.beforeEach(async ({ page }) => {
  await open(page);
});

test("ClusterIP: by address and by name from a Pod, spread over three; from outside not at all, and it says why", async ({ page }) => {
  await applyAll(page, DEPLOYMENT, CLUSTER_IP);
  await run(page, "kubectl run asker --image=curlimages/curl -- sleep infinity");
  await advance(page, 30);
  const address = await field(page, "kubectl get svc hostname-svc-clusterip -o jsonpath={.spec.clusterIP}");
  expect((await answers(page, `${address}:8080`)).size).toBe(3);
  expect((await answers(page, "hostname-svc-clusterip:8080")).size).toBe(3);
  const outside = await run(page, `curl -sS -m 5 ${address}:8080`);
  expect(outside.code).not.toBe(0);
  await page.getByTestId("view-traffic").click();
  await page.locator('[data-testid="service"][data-name="hostname-svc-clusterip"]').click();
  await expect(page.locator('[data-testid="hop"][data-failed="true"]').first()).toContainText("only inside the cluster");
});

test("NodePort: every node answers once the firewall is opened", async ({ page }) => {
  await applyAll(page, DEPLOYMENT, manifest("06-service-nodeport.yaml"));
  const port = await field(page, "kubectl get svc hostname-svc-nodeport -o jsonpath={.spec.ports[0].nodePort}");
  await run(page, `gcloud compute firewall-rules create web --allow=tcp:${port}`);
  const nodes = await field(page, "kubectl get nodes -o jsonpath={.items[*].status.addresses[0].address}");
  expect(nodes.split(" ")).toHaveLength(4);
  for (const node of nodes.split(" ")) {
    const { stdout, code } = await run(page, `curl -s -m 5 ${node}:${port}`);
    expect(code, node).toBe(0);
    expect(stdout).toContain("hostname-deployment-");
  }
});

test("LoadBalancer: from <pending> to an address, and its way leads by a node to a Pod", async ({ page }) => {
  await page.evaluate(() => window.podyard.setSpeed(0));
  await page.evaluate(async (texts) => {
    for (const text of texts) {
      window.podyard.setManifest(text);
      await window.podyard.apply();
    }
  }, [DEPLOYMENT, manifest("07-service-loadbalancer.yaml")]);
  const external = "kubectl get svc hostname-svc-lb --no-headers";
  expect(await field(page, external)).toContain("<pending>");
  await advance(page, 60);
  expect(await field(page, external)).not.toContain("<pending>");
  await page.evaluate(() => window.podyard.setSpeed(10));
  const address = await field(page, "kubectl get svc hostname-svc-lb -o jsonpath={.status.loadBalancer.ingress[0].ip}");
  expect((await run(page, `curl -s ${address}`)).stdout).toContain("hostname-deployment-");
  await page.getByTestId("view-traffic").click();
  await page.locator('[data-testid="service"][data-name="hostname-svc-lb"]').click();
  const hops = page.getByTestId("hop");
  await expect(hops.filter({ hasText: "load balancer" }).first()).toBeVisible();
  await expect(hops.filter({ hasText: "It reaches Pod" }).first()).toBeVisible();
});

test("externalTrafficPolicy: Local keeps the client's address, and only nodes with Pods take traffic", async ({ page }) => {
  await applyAll(page, DEPLOYMENT.replace("replicas: 3", "replicas: 1"), LOCAL);
  const { stdout } = await run(page, "kubectl get svc hostname-svc-lb-local -o jsonpath={.status.loadBalancer.ingress[0].ip}");
  expect((await run(page, `curl -s ${stdout}`)).code).toBe(0);
  const trace = await field(page, "podyard trace");
  expect(trace).not.toContain("SNAT");
  const pod = await field(page, "kubectl get pods -o jsonpath={.items[0].spec.nodeName}");
  expect(trace).toContain(pod);
  const port = await field(page, "kubectl get svc hostname-svc-lb-local -o jsonpath={.spec.ports[0].nodePort}");
  await run(page, `gcloud compute firewall-rules create web --allow=tcp:${port}`);
  const rows = await field(page, "kubectl get nodes --no-headers -o custom-columns=N:.metadata.name,A:.status.addresses[0].address");
  for (const row of rows.trim().split("\n")) {
    const [name, address] = row.split(/\s+/);
    const { code } = await run(page, `curl -s -m 3 ${address}:${port}`);
    expect(code === 0, row).toBe(name === pod);
  }
});

test("ExternalName leads to my.sample.com", async ({ page }) => {
  await applyAll(page, manifest("09-service-externalname.yaml"));
  await run(page, "kubectl run asker --image=busybox -- sleep infinity");
  await advance(page, 30);
  const name = /name: (\S+)/.exec(manifest("09-service-externalname.yaml"))?.[1];
  const { stdout } = await run(page, `kubectl exec asker -- nslookup ${name}.default.svc.cluster.local`);
  expect(stdout).toContain("my.sample.com");
});
