// The picture: frames while requests travel, and the script that one Pod's change among many costs.
import { advance, run, spread, withBrowser, yard } from "./browser.mjs";

const MEASURED_MS = 5_000;
const CHANGES = 20;
const STEPS = 10;
const PODS_A_NODE = 100;

/** A page on a cluster that carries so many Pods of one Deployment behind one Service. */
async function crowd(browser, url, pods) {
  const page = await yard(browser, url, { nodes: Math.max(3, Math.ceil(pods / PODS_A_NODE)) });
  await run(page, `kubectl create deployment web --image=nginx --replicas=${pods}`);
  await run(page, "kubectl expose deployment web --port=80");
  await run(page, "kubectl run client --image=nginx");
  // In steps, so that the page can keep up with what it is told.
  for (let step = 0; step < STEPS; step++) await advance(page, 5);
  return page;
}

/** The frames of some seconds of real time in which so many requests a second travel. */
async function frames(page, view, rate) {
  await page.getByTestId(`view-${view}`).click();
  await run(page, `podyard traffic start --to http://web/ --rps ${rate} --from pod/client --name bench`);
  const gaps = await page.evaluate(async (span) => {
    window.podyard.setSpeed(1);
    await new Promise((done) => setTimeout(done, 1_000));
    const gaps = [];
    const begun = performance.now();
    let last = begun;
    await new Promise((done) => {
      const frame = (now) => {
        gaps.push(now - last);
        last = now;
        if (now - begun < span) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    window.podyard.setSpeed(0);
    return gaps;
  }, MEASURED_MS);
  await run(page, "podyard traffic stop --all");
  return { fps: gaps.length * 1_000 / gaps.reduce((sum, gap) => sum + gap, 0), frame_ms: spread(gaps) };
}

/** The script on the page's own thread for one Pod's change, by the browser's own count. */
async function change(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const script = async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration").value * 1_000;
  };
  const names = (await run(page, "kubectl get pods -l app=web -o name")).split("\n").slice(0, CHANGES);
  const costs = [];
  for (const name of names) {
    const before = await script();
    await run(page, `kubectl label ${name} seen=yes`);
    costs.push((await script()) - before);
  }
  return { pods: 2_000, script_ms: spread(costs) };
}

/** The picture's numbers. */
export default (url) => withBrowser(async (browser) => {
  const hundred = await crowd(browser, url, 100);
  const small = { cluster: await frames(hundred, "cluster", 50), traffic: await frames(hundred, "traffic", 50) };
  const dense = await frames(hundred, "traffic", 1_000);
  await hundred.context().close();
  const thousand = await crowd(browser, url, 1_000);
  const large = { cluster: await frames(thousand, "cluster", 50), traffic: await frames(thousand, "traffic", 50) };
  await thousand.context().close();
  const changed = await change(await crowd(browser, url, 2_000));
  return { pods_100: small, pods_100_requests_1000: dense, pods_1000: large, change: changed };
});
