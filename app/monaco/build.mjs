// Bundles the editor into public/monaco, where the page loads it from after its first paint.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const outdir = join(root, "public/monaco");

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  outdir,
  target: "es2022",
};

await rm(outdir, { recursive: true, force: true });
await Promise.all([
  build({
    ...shared,
    // `editor` is small and loads the other two when they are needed.
    entryPoints: {
      editor: "app/monaco/load.ts",
      monaco: "app/monaco/editor.ts",
      ko: "monaco-editor/nls/lang/ko",
    },
    external: ["./monaco.js", "./ko.js"],
    format: "esm",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
  }),
  build({
    ...shared,
    entryPoints: { "editor.worker": "monaco-editor/editor/editor.worker" },
    format: "iife",
  }),
]);
