// Links: the same cluster in another browser and natively, damaged ones, and what the person had.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test, withBrowser } from "./browser";
import { advance, apply, manifest, open, run } from "./yard";

const native = ["release", "debug"]
  .map((profile) => join(import.meta.dirname, "../target", profile, "podyard"))
  .find((path) => existsSync(path));

/** What a link holds; `h` is the hash of the state that it shows. */
function opened(link: string): { h: string } {
  const letters = link.split("#p=1.")[1] ?? "";
  return JSON.parse(inflateRawSync(Buffer.from(letters, "base64url")).toString());
}

test("a link opens to the same Pods in another browser, and natively", async ({ page, baseURL }) => {
  await open(page);
  await apply(page, manifest("03-deployment.yaml"));
  await advance(page, 20);
  await run(page, "kubectl scale deployment my-nginx-deployment --replicas=5");
  await advance(page, 20);
  await page.evaluate(() => window.podyard.setSpeed(0));
  const names = async (one: typeof page) => (await run(one, "kubectl get pods -o name")).stdout.split("\n").sort();
  const link = await page.evaluate(() => window.podyard.share());
  const here = await names(page);
  expect(here.filter(Boolean)).toHaveLength(5);

  await withBrowser({ baseURL }, async (other) => {
    const second = await other.newPage();
    await open(second, link);
    expect(await names(second)).toEqual(here);
    // A page that comes to another state says so.
    await expect(second.locator(".notice")).toHaveCount(0);
    const otherState = { ...opened(link), h: "1" };
    const changed = deflateRawSync(Buffer.from(JSON.stringify(otherState))).toString("base64url");
    await second.goto("about:blank");
    await open(second, `./#p=1.${changed}`);
    await expect(second.locator(".notice")).toContainText("older");
    expect(await names(second)).toEqual(here);
  });

  if (native) {
    const packed = link.split("#p=")[1] ?? "";
    const hash = execFileSync(native, ["open", packed, "--hash"], { encoding: "utf8" });
    expect(hash.trim()).toBe(opened(link).h.padStart(16, "0"));
  }
});

test("a damaged link says what is wrong and keeps the person's work", async ({ page }) => {
  await open(page);
  await page.evaluate(() => window.podyard.setManifest("# mine\n"));
  await page.waitForTimeout(500);
  for (const [fragment, words] of [["#p=1.qqqq", "damaged"], ["#p=9.AAAA", "newer"], ["#p=hello", "no link"]] as const) {
    await page.goto("about:blank");
    await open(page, `./${fragment}`);
    await expect(page.locator(".notice")).toContainText(words);
    expect(await page.evaluate(() => window.podyard.getManifest())).toBe("# mine\n");
  }
});

test("the window about sharing has a link, its size, and the last sessions", async ({ page }) => {
  await open(page);
  await run(page, "kubectl create configmap one");
  await page.waitForTimeout(2_000);
  await page.getByTestId("share").click();
  const dialog = page.getByTestId("share-window");
  await expect(dialog.getByTestId("share-link")).toHaveValue(/#p=1\./);
  await expect(dialog).toContainText("characters");
  await expect(dialog.locator(".lessons__row")).not.toHaveCount(0);
  const whole = await dialog.getByTestId("share-link").inputValue();
  await dialog.getByText("Only the files").click();
  await expect(dialog.getByTestId("share-link")).not.toHaveValue(whole);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

test("a lesson never lies on top of the person's own work", async ({ page }) => {
  await open(page);
  await page.evaluate(() => window.podyard.setManifest("# mine\n"));
  await run(page, "kubectl create configmap mine");
  await page.evaluate(() => (location.hash = "#lesson=first-pod"));
  await expect(page.getByTestId("lesson")).toHaveAttribute("data-name", "first-pod");
  await expect.poll(() => page.evaluate(() => window.podyard.getManifest())).toContain("name: web");
  expect((await run(page, "kubectl get configmap mine")).code).toBe(1);
  await page.getByRole("button", { name: "Back to my work" }).click();
  await expect.poll(() => page.evaluate(() => window.podyard.getManifest())).toBe("# mine\n");
  await expect.poll(async () => (await run(page, "kubectl get configmap mine")).code).toBe(0);
});

test("in a frame only the chosen panes are shown", async ({ page }) => {
  await open(page, "./?embed=1&panes=editor,picture");
  await expect(page.getByTestId("editor")).toBeVisible();
  await expect(page.getByTestId("terminal")).toBeHidden();
  await expect(page.getByTestId("lesson")).toBeHidden();
});
