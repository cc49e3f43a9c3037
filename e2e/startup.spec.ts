// The program comes in two parts: the second after the first useful picture, or when something of it is called.
import { expect, test } from "./browser";
import { advance, apply, open, pods, run } from "./yard";

const LATER = /_later\.wasm$/;

const POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: early\nspec:\n  containers:\n  - name: web\n    image: nginx\n";

test("the second part comes by itself, to the page and to its worker", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (LATER.test(request.url())) asked.push(request.url());
  });
  await open(page);
  await expect(page.getByTestId("node").first()).toBeVisible();
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(2);
});

test("whoever needs the second part before it is there waits for it", async ({ page, errors }) => {
  await page.route(LATER, (route) => (route.request().resourceType() === "fetch" ? route.abort() : route.continue()));
  await open(page);
  await apply(page, POD);
  await advance(page, 20);
  await expect(pods(page, "early")).toHaveCount(1);
  const { stdout } = await run(page, "kubectl get pods --no-headers");
  expect(stdout).toContain("Running");
  // The browser tells of what was held up, and of nothing else.
  expect(errors.filter((error) => !error.includes("net::ERR_FAILED"))).toEqual([]);
  errors.length = 0;
});
