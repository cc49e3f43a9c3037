// Browser tests of the built page. `cargo xtask test e2e` builds and serves it, and finds a Chromium.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  forbidOnly: !!process.env.CI,
  // The page simulates a cluster: on two slow cores that takes its time.
  timeout: 60_000,
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  reporter: "list",
  use: {
    baseURL: process.env.PODYARD_URL ?? "http://127.0.0.1:8080/",
    actionTimeout: 20_000,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
