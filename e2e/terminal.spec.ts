// A person types into what runs in the terminal: a shell in a container, in both languages.
import type { Page } from "@playwright/test";
import { expect, test } from "./browser";
import { advance, open, run } from "./yard";

/** Types a line into the terminal and sends it. */
async function type(page: Page, line: string): Promise<void> {
  await page.getByTestId("terminal-input").fill(line);
  await page.getByTestId("terminal-input").press("Enter");
}

/** Opens the page with a Pod that runs. */
async function withPod(page: Page): Promise<void> {
  await open(page);
  await run(page, "kubectl run web --image=nginx");
  await advance(page, 20);
}

const sign = (page: Page) => page.locator("label[for=command-line]");
const output = (page: Page) => page.getByTestId("terminal-output");

test("a shell in a container answers what is typed", async ({ page }) => {
  await withPod(page);
  await type(page, "kubectl exec -it web -- sh");
  await expect(sign(page)).toHaveText("#");
  await type(page, "echo in $(hostname)");
  await expect(output(page)).toContainText("# echo in $(hostname)");
  await expect(output(page)).toContainText("in web");
  await type(page, "sleep 1000");
  await page.getByTestId("terminal-input").press("Control+c");
  await expect(output(page)).toContainText("^C");
  await expect(sign(page)).toHaveText("#");
  await type(page, "exit 3");
  await expect(output(page)).toContainText("command terminated with exit code 3");
  await expect(sign(page)).toHaveText("$");
  expect((await run(page, "echo code $?")).stdout).toBe("code 3\n");
});

test("a shell in a container answers in a Korean page, and Ctrl-D ends it", async ({ page }) => {
  await withPod(page);
  await page.getByTestId("language").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await type(page, "kubectl exec -it web -- bash");
  await expect(sign(page)).toHaveText("root@web:/#");
  await expect(page.getByTestId("terminal-input")).toHaveAttribute("placeholder", /실행 중인 명령/);
  await type(page, "echo 안녕 > /tmp/note; cat /tmp/note");
  await expect(output(page)).toContainText("안녕");
  await page.getByTestId("terminal-input").press("Control+d");
  await expect(sign(page)).toHaveText("$");
});

test("a manifest can be typed, and the button ends the input", async ({ page }) => {
  await open(page);
  await type(page, "kubectl apply -f -");
  await expect(sign(page)).toHaveText(">");
  await type(page, '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "typed"}}');
  await page.getByRole("button", { name: "End input" }).click();
  await expect(output(page)).toContainText("configmap/typed created");
});
