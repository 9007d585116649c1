// What suites need that measure pages: `parlor serve` with them, and a Chromium that opens them.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

const kReadyMs = 15_000;

/** Serves a folder of pages on a free port of loopback: { url, stop }. */
export async function startServer(bin, pages) {
  const child = spawn(join(bin, 'parlor'), ['serve', '--listen', '127.0.0.1:0', '--stun', '127.0.0.1:0', '--pages', pages],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  let limit;
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^listening (http:\S+)/.exec(line);
      if (match) resolve(match[1]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`parlor serve ended with ${code}`)));
    limit = setTimeout(() => reject(new Error('parlor serve is not ready')), kReadyMs);
  });
  try {
    return { url: await ready, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

/** Drawing in software, so that it is the same everywhere. */
export const chromiumArguments = [
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
];

/** Headless. */
export function startBrowser(args = chromiumArguments) {
  return chromium.launch({ executablePath: process.env.PARLOR_CHROMIUM || '/usr/bin/chromium', headless: true, args });
}
