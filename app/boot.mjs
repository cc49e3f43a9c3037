// Trunk's last step. It lets `cargo xtask` split the program, moves the inline script that Trunk writes into a file of
// its own, so that the page's Content-Security-Policy can forbid inline scripts, and tells the service worker which
// files there are.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

const folder = process.env.TRUNK_STAGING_DIR;
// Without it, as in a plain `trunk build`, the program stays whole.
const xtask = process.env.PODYARD_XTASK;
if (xtask) execFileSync(xtask, ["split", folder], { stdio: "inherit" });

const page = join(folder, "index.html");
const html = await readFile(page, "utf8");
const inline = /<script type="module"[^>]*>([^]+?)<\/script>/;
const [whole, code] = inline.exec(html) ?? [];
if (!code) throw new Error("app/boot.mjs: Trunk wrote no inline script");

const short = (data) => createHash("sha256").update(data).digest("hex").slice(0, 16);
const boot = `boot-${short(code)}.js`;
await writeFile(join(folder, boot), code.trimStart());
await writeFile(page, html.replace(whole, () => `<script type="module" src="./${boot}"></script>`));

/** The page is kept as the folder; what only embedders and authors read is not kept at all. */
const isLeft = (path) => /(^index\.html|^service-worker\.js|\.d\.ts|README\.md|\.schema\.json)$/.test(path);

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const paths = entries
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join("/"))
  .filter((path) => !isLeft(path))
  .sort();
const contents = await Promise.all(["index.html", ...paths].map((path) => readFile(join(folder, path))));
const worker = await readFile(new URL("service-worker.js", import.meta.url), "utf8");
const files = ["./", ...paths.map((path) => `./${path}`)];
await writeFile(
  join(folder, "service-worker.js"),
  worker.replace("@HASH@", short(Buffer.concat(contents))).replace('["@FILES@"]', JSON.stringify(files)),
);
