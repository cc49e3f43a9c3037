// The cluster in the page's worker: the work of `podyard bench pods`, an hour of a small cluster, and its history.
import { advance, cpu, run, spread, tabMemory, timed, used, withBrowser, workerMemory, yard } from "./browser.mjs";

const SEEKS = 20;
const HOUR_S = 3_600;
const DEPLOYMENT_MAX = 5_000;
/** What takes longer is given up: then there are no numbers of it. */
const PATIENCE_MS = 300_000;

/** Creates Deployments of so many Pods in all, rolls them to another image, and takes all Pods away again. */
async function pods(browser, url, replicas, nodes, phases) {
  const page = await yard(browser, url, { nodes });
  const names = Array.from({ length: Math.ceil(replicas / DEPLOYMENT_MAX) }, (_, index) => `web-${index}`);
  const each = Math.min(replicas, DEPLOYMENT_MAX);
  /** Lets time pass, which stands still otherwise, until every Deployment's status says so. */
  const ends = performance.now() + PATIENCE_MS;
  const settled = async (fields, count) => {
    const wanted = fields.map(() => count).join("/");
    const shown = fields.map((field) => `{.status.${field}}`).join("/");
    while (performance.now() < ends) {
      await advance(page, 5);
      const seen = await run(page, `kubectl get deployments -o jsonpath='{range .items[*]}${shown}{"\\n"}{end}'`);
      if (seen.split("\n").filter((line) => line === wanted).length === names.length) return;
    }
    throw new Error(`${replicas} Pods did not settle in ${PATIENCE_MS / 1_000} s`);
  };
  const work = {
    create: async () => {
      for (const name of names) await run(page, `kubectl create deployment ${name} --image=nginx:1.25 --replicas=${each}`);
      await settled(["availableReplicas"], each);
    },
    roll: async () => {
      for (const name of names) await run(page, `kubectl set image deployment/${name} nginx=nginx:1.26`);
      await settled(["updatedReplicas", "availableReplicas", "replicas"], each);
    },
    zero: async () => {
      await run(page, "kubectl scale deployment --all --replicas=0");
      while ((await run(page, "kubectl get pods -o name")) !== "") await advance(page, 5);
    },
  };
  const measured = {};
  const before = cpu();
  for (const phase of phases) measured[`${phase}_ms`] = await timed(work[phase]);
  const rest = { ...used(before, cpu()), wasm_mb: await workerMemory(page), tab_mb: tabMemory() };
  await page.context().close();
  return { replicas, nodes, ...measured, ...rest };
}

/** `kubectl get pods -A` with a thousand Pods: from Enter to its output. */
async function table(browser, url) {
  const page = await yard(browser, url, { nodes: 34 });
  await run(page, "kubectl create deployment web --image=nginx --replicas=1000");
  await advance(page, 120);
  const times = [];
  for (let time = 0; time < 5; time++) times.push(await timed(() => run(page, "kubectl get pods -A")));
  await page.context().close();
  return spread(times);
}

/** An hour at a hundred Pods with traffic: how long it takes, what it leaves, and how fast its moments are found. */
async function hour(browser, url) {
  const page = await yard(browser, url, { nodes: 5 });
  await run(page, "kubectl create deployment web --image=nginx --replicas=100");
  await run(page, "kubectl expose deployment web --port=80 --type=NodePort");
  await advance(page, 60);
  const client = await run(page, "kubectl get pods -o jsonpath='{.items[0].metadata.name}'");
  await run(page, `podyard traffic start --to http://web/ --rps 5 --from pod/${client.trim()}`);
  const before = cpu();
  const took = await timed(async () => {
    for (let part = 0; part < 10; part++) {
      await advance(page, HOUR_S / 10);
      await run(page, `kubectl scale deployment web --replicas=${90 + part}`);
    }
  });
  const spent = used(before, cpu());
  const times = [];
  for (let seek = 0; seek < SEEKS; seek++) {
    // Back and forth, and never to the same place twice.
    const to = (seek * 1_471 + 200) % HOUR_S;
    times.push(await sought(page, to));
  }
  const memory = { wasm_mb: await workerMemory(page), tab_mb: tabMemory() };
  await page.context().close();
  return { ms: took, ...spent, times_faster_than_life: HOUR_S * 1_000 / took, seek_ms: spread(times), ...memory };
}

/** Moves the timeline to so many seconds after the beginning, and waits until the page shows that moment. */
function sought(page, seconds) {
  return page.evaluate(async (seconds) => {
    const slider = document.querySelector('[data-testid="seek"]');
    const clock = document.querySelector('[data-testid="clock"]');
    const begun = performance.now();
    const shown = new Promise((done) => {
      const seen = new MutationObserver(() => {
        seen.disconnect();
        done();
      });
      seen.observe(clock, { childList: true, characterData: true, subtree: true });
    });
    slider.value = String(seconds);
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    await shown;
    return performance.now() - begun;
  }, seconds);
}

/** What a measurement gives, or why it gives nothing: the largest cluster may be too large for a tab. */
async function attempt(measure) {
  try {
    return await measure();
  } catch (error) {
    return { failed: String(error).split("\n")[0] };
  }
}

/** The worker's numbers; with `all`, those of Kubernetes' largest cluster too. */
export default (url, all) => withBrowser(async (browser) => {
  const small = await pods(browser, url, 1_000, 34, ["create", "roll", "zero"]);
  const get_pods = await table(browser, url);
  const an_hour = await hour(browser, url);
  const largest = all ? await attempt(() => pods(browser, url, 150_000, 5_000, ["create"])) : null;
  return { pods: small, get_pods_1000_ms: get_pods, an_hour, largest };
});
