// Requests sent from the picture: by a button, with its line in the terminal, seen on their way and explained.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, manifest, open, run } from "./yard";

async function choose(page: Page, service: string): Promise<void> {
  await page.getByTestId("view-traffic").click();
  await page.locator(`[data-testid="service"][data-name="${service}"]`).click();
}

test.beforeEach(async ({ page }) => {
  await open(page);
  await page.evaluate(async (texts) => {
    for (const text of texts) {
      window.podyard.setManifest(text);
      await window.podyard.apply();
    }
  }, [manifest("04-hostname-deployment.yaml"), manifest("06-service-nodeport.yaml")]);
  await advance(page, 60);
  await choose(page, "hostname-svc-nodeport");
});

test("a request from outside fails at the firewall, says why, and the line that mends it works", async ({ page }) => {
  const line = await page.getByTestId("request-line").textContent();
  expect(line).toMatch(/^curl -sS -m 5 http:\/\/192\.168\.49\.\d+:\d+$/);
  await page.getByTestId("send-request").click();
  await expect(page.getByTestId("terminal-output")).toContainText(line ?? "");
  await expect(page.locator('[data-testid="request"][data-well="false"]')).toBeVisible();
  await advance(page, 6);
  await expect(page.getByTestId("terminal-output")).toContainText("curl: (28)");
  const failure = page.locator('[data-testid="hop"][data-failed="true"]');
  await expect(failure).toContainText("firewall");
  await page.getByTestId("mend").getByRole("button").click();
  await expect(page.getByTestId("terminal-output")).toContainText("gcloud compute firewall-rules create");
  await page.getByTestId("send-request").click();
  await expect(page.getByTestId("terminal-output")).toContainText("You accessed to 'hostname-deployment-");
  await expect(page.getByTestId("request-row").first()).toHaveAttribute("data-well", "true");
});

test("a request from a Pod goes by the Service's name, and its way ends at one of the endpoints", async ({ page }) => {
  await page.getByTestId("request-from").selectOption("fresh");
  await expect(page.getByTestId("request-line")).toHaveText(/^kubectl run client .* -- curl -sS -m 5 http:\/\/hostname-svc-nodeport:8080$/);
  await page.getByTestId("send-request").click();
  await advance(page, 30);
  await expect(page.getByTestId("terminal-output")).toContainText("You accessed to 'hostname-deployment-");
  await expect(page.getByTestId("hop").filter({ hasText: "3 endpoints" })).toBeVisible();
  await expect(page.getByTestId("hop").last()).toContainText("200");
});

test("a Pod that is chosen asks by itself", async ({ page }) => {
  await run(page, "kubectl run asker --image=nginx");
  await advance(page, 30);
  await page.getByTestId("view-cluster").click();
  await page.locator('[data-testid="pod"][data-name="asker"]').click();
  await expect(page.getByTestId("request-line")).toHaveText("kubectl exec asker -- curl -sS -m 5 http://hostname-svc-nodeport:8080");
  await page.getByTestId("send-request").click();
  await expect(page.getByTestId("terminal-output")).toContainText("You accessed to 'hostname-deployment-");
});
