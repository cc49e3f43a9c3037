// The site as a host on the internet would serve it: compressed.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync } from "node:zlib";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Serves a folder on the loopback address; its address. */
export function serve(folder) {
  const packed = new Map();
  const file = (path) => {
    if (!packed.has(path)) packed.set(path, brotliCompressSync(readFileSync(join(folder, path))));
    return packed.get(path);
  };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://site").pathname.replace(/\/$/, "/index.html"));
    try {
      const body = file(path);
      const type = TYPES[extname(path)] ?? "text/plain; charset=utf-8";
      response.writeHead(200, { "content-type": type, "content-encoding": "br", "cache-control": "no-cache" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      done({ url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() });
    });
  });
}
