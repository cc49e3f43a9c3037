// The editor's bundle by itself, driven through the interface that the page uses.
import type { Page } from "@playwright/test";
import type { Editor, Options } from "../app/monaco/interface";
import { expect, test } from "./browser";

type Host = Window & { editor: Editor; changes: string[]; applied: number };

const NAME = "pod.yaml";
const TEXT = "kind: Pod\nspec:\n  prots: 80\n";

/** Opens an empty page below the site's path, with an editor and a button after it. */
async function open(page: Page, options: Partial<Options> = {}): Promise<void> {
  await page.route("**/blank.html", (route) => route.fulfill({
    contentType: "text/html",
    body: "<!doctype html><html lang=en><title>editor</title><div id=at style='height:300px'></div><button>after</button>",
  }));
  await page.goto("./blank.html");
  await page.evaluate(async ({ name, text, options }) => {
    const host = window as unknown as Host;
    host.changes = [];
    host.applied = 0;
    const { create } = await import(new URL("monaco/editor.js", location.href).href);
    host.editor = await create(document.getElementById("at"), {
      files: [{ name, text }],
      language: "en",
      theme: "light",
      ariaLabel: "Manifest",
      words: { apply: "Apply", leave: "Leave", leaving: "Tab leaves the editor" },
      onChange: (_file: string, text: string) => host.changes.push(text),
      onCursor() {},
      onApply: () => (host.applied += 1),
      complete: async () => [{ label: "ports", text: "ports:", kind: "field", documentation: "What **listens**." }],
      hover: async () => ({ text: "Specification of the *Pod*." }),
      lenses: async () => [{ line: 1, title: "1 of 1 ready" }],
      ...options,
    });
  }, { name: NAME, text: TEXT, options });
}

const value = (page: Page) => page.evaluate(() => (window as unknown as Host).editor.getValue());

async function cursorAt(page: Page, line: number, column: number): Promise<void> {
  await page.evaluate(([line, column]) => {
    const { editor } = window as unknown as Host;
    editor.reveal(line, column);
    editor.focus();
  }, [line, column] as const);
}

test("a marker is underlined and its quick fix mends the text", async ({ page }) => {
  await open(page);
  await page.evaluate((name) => {
    const place = { line: 3, column: 3, endLine: 3, endColumn: 8 };
    (window as unknown as Host).editor.setMarkers(name, [{
      ...place,
      message: "unknown field",
      severity: "error",
      fixes: [{ title: "Change to ports", edits: [{ range: place, text: "ports" }] }],
    }]);
  }, NAME);
  await expect(page.locator(".squiggly-error")).toBeVisible();
  await cursorAt(page, 3, 4);
  await page.keyboard.press("Control+.");
  await page.getByText("Change to ports").click();
  await expect.poll(() => value(page)).toBe("kind: Pod\nspec:\n  ports: 80\n");
});

test("completions come from the page", async ({ page }) => {
  await open(page);
  await cursorAt(page, 4, 1);
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget").getByText("ports").first().click();
  await expect.poll(() => value(page)).toBe(`${TEXT}ports:`);
});

test("hovers and lenses come from the page", async ({ page }) => {
  await open(page);
  await expect(page.getByText("1 of 1 ready")).toBeVisible();
  await page.locator(".view-line span", { hasText: "spec" }).last().hover();
  await expect(page.getByText("Specification of the Pod.")).toBeVisible();
});

test("a replaced text can be brought back, and files keep apart", async ({ page }) => {
  await open(page);
  await page.evaluate((name) => {
    const { editor } = window as unknown as Host;
    editor.setFiles([{ name, text: "kind: Service\n" }, { name: "other.yaml", text: "kind: Node\n" }]);
  }, NAME);
  expect(await value(page)).toBe("kind: Service\n");
  await cursorAt(page, 1, 1);
  await page.keyboard.press("Control+z");
  await expect.poll(() => value(page)).toBe(TEXT);
  await page.evaluate(() => (window as unknown as Host).editor.openFile("other.yaml"));
  expect(await value(page)).toBe("kind: Node\n");
  expect(await page.evaluate(() => (window as unknown as Host).changes)).toEqual(["kind: Service\n", TEXT]);
});

test("Control-Enter applies", async ({ page }) => {
  await open(page);
  await cursorAt(page, 1, 1);
  await page.keyboard.press("Control+Enter");
  expect(await page.evaluate(() => (window as unknown as Host).applied)).toBe(1);
  expect(await value(page)).toBe(TEXT);
});

test("Escape, then Tab, leaves the editor; Tab alone indents", async ({ page }) => {
  await open(page);
  await cursorAt(page, 1, 1);
  await page.keyboard.press("Tab");
  expect(await value(page)).toBe(`  ${TEXT}`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "after" })).toBeFocused();
});

test("the editor speaks Korean", async ({ page }) => {
  await open(page, { language: "ko" });
  await cursorAt(page, 1, 1);
  await page.keyboard.press("Control+f");
  await expect(page.getByPlaceholder("찾기")).toBeVisible();
});
