// Measures the picture in Chromium and prints one line of JSON: frames a second with 1,000 Pods and 50 requests
// a second, and the script that one Pod's change among them costs. PODYARD_URL says where the site stands.
import { chromium } from "@playwright/test";

const MEASURED_MS = 5_000;
const CHANGES = 20;
const STEPS = 10;

const browser = await chromium.launch({
  executablePath: process.env.PODYARD_CHROMIUM || undefined,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** Opens the page on a cluster that carries so many Pods of one Deployment behind one Service. */
async function yard(pods) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(process.env.PODYARD_URL);
  await page.waitForFunction(() => "podyard" in window);
  await page.evaluate(async (pods) => {
    const { podyard } = window;
    await podyard.ready;
    await podyard.reset({ nodes: Math.ceil(pods / 100) });
    podyard.setSpeed(0);
    await podyard.run(`kubectl create deployment web --image=nginx --replicas=${pods}`);
    await podyard.run("kubectl expose deployment web --port=80");
    await podyard.run("kubectl run client --image=nginx");
  }, pods);
  // In steps, so that the page can keep up with what it is told.
  for (let step = 0; step < STEPS; step++) {
    await page.evaluate(() => window.podyard.advance(5));
  }
  return page;
}

/** Frames drawn while requests travel at about 50 a second. */
async function frames(page) {
  await page.getByTestId("view-traffic").click();
  return page.evaluate(async (span) => {
    const { podyard } = window;
    podyard.setSpeed(1);
    const asking = podyard.run("kubectl exec client -- sh -c 'for i in $(seq 400); do curl -s -o /dev/null web; sleep 0.02; done'");
    await new Promise((done) => setTimeout(done, 1_000));
    let drawn = 0;
    let longest = 0;
    const begun = performance.now();
    let last = begun;
    await new Promise((done) => {
      const frame = (now) => {
        drawn += 1;
        longest = Math.max(longest, now - last);
        last = now;
        if (now - begun < span) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    podyard.setSpeed(60);
    await asking;
    return { fps: drawn * 1_000 / (last - begun), longest_frame_ms: longest };
  }, MEASURED_MS);
}

/** The script on the page's own thread for one Pod's change, by the browser's own count. */
async function change(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const script = async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration").value * 1_000;
  };
  const names = await page.evaluate(async (count) => {
    const { stdout } = await window.podyard.run("kubectl get pods -l app=web -o name");
    return stdout.split("\n").slice(0, count);
  }, CHANGES);
  const costs = [];
  for (const name of names) {
    const before = await script();
    // Without the terminal's part: the line is typed once, its output is one short line.
    await page.evaluate((name) => window.podyard.run(`kubectl label ${name} seen=yes`), name);
    costs.push((await script()) - before);
  }
  costs.sort((a, b) => a - b);
  return { script_ms_median: costs[costs.length >> 1], script_ms_most: costs.at(-1) };
}

const thousand = await yard(1_000);
const requests = await frames(thousand);
const changes = await change(thousand);
console.log(JSON.stringify({ pods: 1_000, requests, change: changes }));
await browser.close();
