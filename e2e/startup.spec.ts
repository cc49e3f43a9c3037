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

test.describe("at first", () => {
  // On a machine that is busy otherwise things may come in an order that the list does not know.
  test.describe.configure({ retries: 2 });

  test("the first picture does not wait for the second part", async ({ page }) => {
    // Then it may wait: `cargo xtask startup` writes the list anew.
    test.skip(process.env.PODYARD_LIST === "other", "xtask/startup.txt was written for another program");
    let release = () => {};
    const held = new Promise<void>((done) => { release = done; });
    await page.route(LATER, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("./");
    await expect(page.getByTestId("node").first()).toBeVisible();
    release();
    const { stdout } = await run(page, "kubectl get nodes --no-headers");
    expect(stdout).toContain("worker-1");
  });
});

test("where the program does not come, the page says so, in the language of the browser", async ({ page, errors }) => {
  await page.route(/_bg\.wasm$/, (route) => route.abort());
  await page.goto("./");
  await expect(page.getByText("The program did not arrive")).toBeVisible();
  await page.evaluate(() => localStorage.setItem("podyard.preferences", "language=ko theme=dark"));
  await page.reload();
  await expect(page.getByText("프로그램을 받지 못했어요")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  errors.length = 0;
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
