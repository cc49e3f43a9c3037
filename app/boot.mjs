// Trunk's last step: moves the inline script that Trunk writes into a file of its own, so that the page's
// Content-Security-Policy can forbid inline scripts.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.env.TRUNK_STAGING_DIR;
const page = join(folder, "index.html");
const html = await readFile(page, "utf8");
const inline = /<script type="module"[^>]*>([^]+?)<\/script>/;
const [whole, code] = inline.exec(html) ?? [];
if (!code) throw new Error("app/boot.mjs: Trunk wrote no inline script");

const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
await writeFile(join(folder, `boot-${hash}.js`), code.trimStart());
await writeFile(page, html.replace(whole, () => `<script type="module" src="./boot-${hash}.js"></script>`));
