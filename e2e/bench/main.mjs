// Measures the built page in Chromium and prints one line of JSON for each part that is named. PODYARD_SITE is the
// site's folder, PODYARD_LINK a link of a hundred actions; `--all` adds what takes minutes.
import editor from "./editor.mjs";
import load from "./load.mjs";
import picture from "./picture.mjs";
import { serve } from "./site.mjs";
import worker from "./worker.mjs";

const PARTS = { load, editor, picture, worker };

const names = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const all = process.argv.includes("--all");
const site = await serve(process.env.PODYARD_SITE);
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  console.log(JSON.stringify({ part: name, ...await PARTS[name](site.url, all) }));
}
site.close();
