// Prints each file of a folder with its size in bytes: as it is, by gzip, by brotli.
import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const folder = process.argv[2];
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const rows = await Promise.all(paths.map(async (path) => {
  const bytes = await readFile(path);
  const [gz, br] = await Promise.all([promisify(gzip)(bytes, { level: 9 }), promisify(brotliCompress)(bytes)]);
  return [relative(folder, path).split(sep).join("/"), bytes.length, gz.length, br.length].join("\t");
}));
console.log(rows.sort().join("\n"));
