// Starts Podyard's API server for one file of tests, and ends it after them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = process.env.PODYARD ?? fileURLToPath(new URL('../target/release/podyard', import.meta.url));

/** Starts a server with `options`, and gives its address. */
export async function start(...options) {
  const server = spawn(PROGRAM, ['apiserver', '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => server.kill());
  const [line] = await once(createInterface(server.stdout), 'line');
  server.unref();
  server.stdout.unref();
  return line.replace('listening on ', '');
}
