// A browser to measure in, and what the system tells of its processes.
import { readdirSync, readFileSync } from "node:fs";
import { chromium } from "@playwright/test";

const PATIENCE_MS = 600_000;

/** Opens a browser; `use` gets it. */
export async function withBrowser(use) {
  const browser = await chromium.launch({
    executablePath: process.env.PODYARD_CHROMIUM || undefined,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** A page of its own on a ready cluster whose time stands still. */
export async function yard(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => "podyard" in window);
  await page.evaluate(async (options) => {
    await window.podyard.ready;
    await window.podyard.reset(options);
    window.podyard.setSpeed(0);
  }, options);
  return page;
}

/** Runs a line of the terminal, which must succeed. */
export async function run(page, line) {
  const { code, stdout, stderr } = await page.evaluate((line) => window.podyard.run(line), line);
  if (code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout;
}

/** Lets simulated time pass. */
export function advance(page, seconds) {
  return page.evaluate((seconds) => window.podyard.advance(seconds), seconds);
}

/** How long something took, on the wall, in milliseconds. */
export async function timed(act) {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** The middle, the worst but one in twenty, and the worst of some numbers. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { median: at(0.5), p95: at(0.95), most: sorted.at(-1) };
}

/** What `/proc` says of a process or a thread; nothing once it is gone, or where there is no `/proc`. */
function told(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The renderers among this process' descendants. */
function renderers() {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((pid) => [pid, told(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ")[1]]));
  const ours = (pid) => pid !== undefined && (pid === String(process.pid) || ours(parents.get(pid)));
  return all.filter((pid) => ours(pid) && told(`/proc/${pid}/cmdline`).includes("--type=renderer"));
}

/** The processor time of the threads of all pages by name, in milliseconds. */
function threadsCpu(name) {
  let nanos = 0;
  for (const pid of renderers()) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const place = `/proc/${pid}/task/${thread}`;
      if (told(`${place}/comm`).startsWith(name)) nanos += Number(told(`${place}/schedstat`).split(" ")[0]);
    }
  }
  return nanos / 1e6;
}

/** The processor time of all workers, and of all pages' own threads, in milliseconds. */
export function cpu() {
  // Chromium gives a renderer's first thread its process' name.
  return { worker_cpu_ms: threadsCpu("DedicatedWorker"), page_cpu_ms: threadsCpu("chrom") };
}

/** The time that passed between two looks at the processor time. */
export function used(before, after) {
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

/** The memory that the largest page's process has for itself alone, in megabytes. */
export function tabMemory() {
  const sizes = renderers().map((pid) => Number(/RssAnon:\s+(\d+)/.exec(told(`/proc/${pid}/status`))?.[1] ?? 0));
  return Math.max(...sizes) / 1_024;
}

/** The WebAssembly memory of the cluster's worker, in megabytes. */
export async function workerMemory(page) {
  const script = await page.evaluate(() => {
    const entries = performance.getEntriesByType("resource");
    return entries.find(({ name }) => /podyard-app[^/]*\.js$/.test(name)).name;
  });
  const sizes = page.workers().map((worker) => worker.evaluate(async (script) => {
    const { memory } = await import(script).then((glue) => glue.initSync()).catch(() => ({}));
    return memory ? memory.buffer.byteLength : 0;
  }, script));
  return Math.max(...await Promise.all(sizes)) / (1 << 20);
}
