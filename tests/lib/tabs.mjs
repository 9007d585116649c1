// A Chromium whose tabs are hidden as a person's are: the one in front is visible, the others are not. The browser of
// browser.mjs takes every page for the one in front.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumPath } from './browser.mjs';

const kReadyMs = 20_000;

/// { context, close() }: pages of the context are tabs of one window.
export async function startTabs() {
  const profile = mkdtempSync(join(tmpdir(), 'parlor-profile-'));
  const child = spawn(chromiumPath(), ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-port=0',
    `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const browser = await chromium.connectOverCDP(await addressOf(child), { noDefaults: true });
    const close = async () => {
      await browser.close();
      await end();
    };
    return { context: browser.contexts()[0], close };
  } catch (error) {
    await end();
    throw error;
  }
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = () => reject(new Error(`Chromium gave no address within ${kReadyMs} ms\n${said}`));
    const timer = setTimeout(fail, kReadyMs);
    child.once('error', reject);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      const address = /DevTools listening on (\S+)/.exec(said)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once('close', () => {
      clearTimeout(timer);
      fail();
    });
  });
}
