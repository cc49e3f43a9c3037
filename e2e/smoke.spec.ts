// The page opens, from any path, and says so.
import { expect, test } from "./browser";
import { open } from "./yard";

test("the page opens and its cluster becomes ready", async ({ page }) => {
  await open(page);
  await expect(page.getByTestId("apply")).toBeVisible();
  await expect(page.getByTestId("editor")).toBeVisible();
  await expect(page.getByTestId("terminal")).toBeVisible();
});

test("every file comes from below the page's own path", async ({ page, baseURL }) => {
  const strays: string[] = [];
  page.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(baseURL ?? "")) strays.push(request.url());
  });
  await open(page);
  expect(strays).toEqual([]);
});
