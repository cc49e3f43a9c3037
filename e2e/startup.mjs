// Opens an instrumented page as visitors do, and prints which functions it needs at first: their places among all, one
// a line. PODYARD_URL says where the site stands, PODYARD_NOTES where the program's notes begin and how many they are.
import { chromium } from "@playwright/test";

const VISITS = [
  { viewport: { width: 1440, height: 900 }, locale: "en-US", colorScheme: "light", sign: "node" },
  { viewport: { width: 1024, height: 768 }, locale: "ko-KR", colorScheme: "dark", sign: "node" },
  // On a slow machine things come in another order.
  { viewport: { width: 1280, height: 720 }, locale: "en-US", colorScheme: "dark", sign: "node", slowness: 6 },
  // A narrow page begins with the editor.
  { viewport: { width: 360, height: 640 }, locale: "ko-KR", colorScheme: "light", sign: "editor" },
];

/** The page goes on for so long after its picture, until the editor is there: it must never have to wait. */
const LINGER_MS = 2_000;
/** The bits of a note: called before the picture was marked, and after. The worker may wait, once it has sent it. */
const BEFORE = 1;
const EVER = 3;

const [start, length] = process.env.PODYARD_NOTES.split(" ").map(Number);

const browser = await chromium.launch({
  executablePath: process.env.PODYARD_CHROMIUM || undefined,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** The functions with such a note, in the page or in a worker; the editor's workers have no program. */
function noted(target, script, bits) {
  return target.evaluate(async ([script, start, length, bits]) => {
    const { memory } = await import(script).then((glue) => glue.initSync()).catch(() => ({}));
    if (!memory) return [];
    return [...new Uint8Array(memory.buffer, start, length)].flatMap((note, place) => (note & bits ? [place] : []));
  }, [script, start, length, bits]);
}

const needed = new Set();
for (const { sign, slowness, ...visit } of VISITS) {
  const page = await browser.newPage(visit);
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: slowness ?? 1 });
  await page.goto(process.env.PODYARD_URL);
  await page.waitForFunction(() => "podyard" in window);
  await page.evaluate(() => window.podyard.ready);
  await page.getByTestId(sign).first().waitFor();
  await page.waitForTimeout(LINGER_MS);
  const script = await page.evaluate(() => {
    const { name } = performance.getEntriesByType("resource").find(({ name }) => /podyard-app[^/]*\.js$/.test(name));
    return name;
  });
  const own = await noted(page, script, EVER);
  const workers = await Promise.all(page.workers().map((worker) => noted(worker, script, BEFORE)));
  for (const place of [...own, ...workers.flat()]) needed.add(place);
  console.error(`${visit.locale}: ${own.length} functions in the page, ${workers.flat().length} in its worker`);
  await page.close();
}
console.log([...needed].sort((a, b) => a - b).join("\n"));
await browser.close();
