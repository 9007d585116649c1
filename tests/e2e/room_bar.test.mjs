// What stands over the scene while one plays: sharing, the host's settings, a member's menu, the mark of a lost server.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import jsQR from 'jsqr';
import { openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const playing = (shot) => shot.state === 'playing';
const toasted = (page, pattern) => page.getByTestId('toast').filter({ hasText: pattern }).first().waitFor({ timeout: 10_000 });
const message = (page, pattern) => page.getByTestId('message').filter({ hasText: pattern }).waitFor({ timeout: 15_000 });

/// Alice, the host, and as many guests as there are names; all know of each other.
async function roomOf(names, { init, at = server.url, options = {} } = {}) {
  const alice = await openPage(browser, `${at}?new&name=Alice`, { width: 640, height: 640, reducedMotion: 'reduce', init, ...options });
  const [{ code }] = await until('alice has a room', alice, playing);
  const guests = [];
  for (const name of names) guests.push(await openPage(browser, `${at}?room=${code}&name=${name}`, { width: 300, height: 300, reducedMotion: 'reduce' }));
  const all = [alice, ...guests];
  await until('all are there', all, (...shots) => shots.every((shot) => shot.peers.length === names.length));
  return { code, pages: all };
}

const menuOf = (page, name) => page.getByTestId('member').filter({ hasText: name }).getByTestId('member-actions');

test('the share panel has the link, and a QR code that reads as the link', async () => {
  const { code, pages: [alice] } = await roomOf([]);
  await alice.getByTestId('share').click();
  const link = await alice.getByTestId('share-link').inputValue();
  assert.equal(link, `${server.url}?room=${code}`);
  const { width, height, pixels } = await alice.getByTestId('qr').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, height: canvas.height, pixels: [...data] };
  });
  assert.equal(jsQR(new Uint8ClampedArray(pixels), width, height)?.data, link);
});

test('the link is copied, also where the page has no clipboard', async () => {
  for (const init of [undefined, () => Object.defineProperty(navigator, 'clipboard', { value: undefined })]) {
    const { code, pages: [alice] } = await roomOf([], { init, options: { permissions: ['clipboard-read', 'clipboard-write'] } });
    await alice.getByTestId('share').click();
    await alice.getByTestId('copy').click();
    await alice.getByTestId('copy').filter({ hasText: 'Copied' }).waitFor();
    await alice.keyboard.press('Escape');
    await alice.locator('#scene:focus').waitFor();
    // What was copied is pasted into the first field there is.
    await alice.getByTestId('settings').click();
    await alice.getByTestId('set-title').focus();
    await alice.keyboard.press('Control+V');
    assert.equal(await alice.getByTestId('set-title').inputValue(), `${server.url}?room=${code}`);
    await alice.context().close();
  }
});

test('where the system can send a link, it is given to it', async () => {
  const { code, pages: [alice] } = await roomOf([], { init: () => {
    navigator.share = async (data) => { globalThis.shared = data; };
  } });
  await alice.getByTestId('share').click();
  await alice.getByTestId('send').click();
  assert.equal(await alice.evaluate(() => globalThis.shared.url), `${server.url}?room=${code}`);
});

test('what the host saves is seen by the other at once: title, size, list, password and lock', async () => {
  const { pages: [alice, bob] } = await roomOf(['Bob']);
  await alice.getByTestId('settings').click();
  await alice.getByTestId('set-title').fill('Garden');
  await alice.getByTestId('set-size').fill('4');
  await alice.getByTestId('set-password').fill('rose');
  await alice.getByTestId('set-listed').check();
  await alice.getByTestId('set-locked').check();
  await alice.getByTestId('save-settings').click();
  await until('bob knows', bob, (shot) => shot.title === 'Garden' && shot.size === 4 && shot.password && shot.listed && shot.locked);
  await toasted(bob, /now called “Garden” · for up to 4 · locked · public · with a password/);
  await bob.getByTestId('locked').waitFor();
  assert.equal(await bob.getByTestId('room-title').textContent(), 'Garden');
  assert.equal(await alice.getByTestId('settings-panel').isVisible(), false);
  await alice.getByTestId('locked').waitFor();  // her page shows it, too

  await alice.getByTestId('settings').click();
  await alice.getByTestId('drop-password').click();
  await alice.getByTestId('set-locked').uncheck();
  await alice.getByTestId('save-settings').click();
  await until('bob knows that, too', bob, (shot) => !shot.password && !shot.locked && shot.title === 'Garden');
  await bob.getByTestId('locked').waitFor({ state: 'hidden' });
});

test('who is not the host sees the settings and cannot change them', async () => {
  const { pages: [, bob] } = await roomOf(['Bob']);
  await bob.getByTestId('settings').click();
  await bob.getByText('Only the host, Alice, can change this.').waitFor();
  assert.equal(await bob.getByTestId('set-title').isDisabled(), true);
  assert.equal(await bob.getByTestId('save-settings').isVisible(), false);
  assert.equal(await bob.getByTestId('member-actions').filter({ visible: true }).count(), 0);
});

test('a locked room takes nobody new, says so, and takes them when it is open again', async () => {
  const { code, pages: [alice] } = await roomOf([]);
  const lock = async (on) => {
    await alice.getByTestId('settings').click();
    await alice.getByTestId('set-locked').setChecked(on);
    await alice.getByTestId('save-settings').click();
    await until('it is so', alice, (shot) => Boolean(shot.locked) === on);
  };
  await lock(true);
  const bob = await openPage(browser, `${server.url}?room=${code}&name=Bob`);
  await message(bob, /room is locked/i);
  await lock(false);
  await bob.getByRole('button', { name: 'Try again' }).click();
  await until('bob is in', bob, playing);
});

test('whom the host removes is told, is gone for the others, and may join again', async () => {
  const { pages: [alice, bob, carol] } = await roomOf(['Bob', 'Carol']);
  await menuOf(alice, 'Bob').click();
  await alice.getByRole('menuitem', { name: 'Remove' }).click();
  assert.equal((await snapshot(alice)).peers.length, 2);
  await alice.getByRole('menuitem', { name: 'Remove Bob?' }).click();
  await message(bob, /host removed you/i);
  await toasted(carol, /host removed Bob/);
  await until('they are two', [alice, carol], (...shots) => shots.every((shot) => shot.peers.length === 1));
  await bob.getByRole('button', { name: 'Join again' }).click();
  await until('bob is back', [alice, bob], (a, b) => a.peers.length === 2 && playing(b));
});

test('a ban is asked for twice, and who is banned is told that the room stays closed', async () => {
  const { pages: [alice, bob] } = await roomOf(['Bob']);
  await menuOf(alice, 'Bob').click();
  await alice.getByRole('menuitem', { name: 'Ban', exact: true }).click();
  await alice.getByRole('menuitem', { name: 'Ban Bob for good?' }).waitFor();
  assert.equal((await snapshot(alice)).peers.length, 1);
  await alice.getByRole('menuitem', { name: 'Ban Bob for good?' }).click();
  await message(bob, /cannot join this room again/);
  await bob.getByRole('button', { name: 'Find another game' }).click();
  await bob.getByTestId('rooms').waitFor();
});

test('by the keyboard alone the host hands over, and the menu and the panels give the focus back', async () => {
  const { pages: [alice, bob] } = await roomOf(['Bob']);
  const button = menuOf(alice, 'Bob');
  await button.focus();
  await alice.keyboard.press('Enter');
  await alice.getByRole('menuitem', { name: 'Make host' }).and(alice.locator(':focus')).waitFor();
  await alice.keyboard.press('ArrowUp');
  await alice.getByRole('menuitem', { name: 'Ban', exact: true }).and(alice.locator(':focus')).waitFor();
  await alice.keyboard.press('Escape');
  await button.and(alice.locator(':focus')).waitFor();
  assert.equal(await alice.getByTestId('member-menu').isVisible(), false);
  await alice.getByTestId('settings').focus();
  await alice.keyboard.press('Enter');
  await alice.locator('#set-title:focus').waitFor();
  await alice.keyboard.press('Escape');
  await alice.locator('#settings:focus').waitFor();
  await button.focus();
  await alice.keyboard.press('Enter');
  await alice.keyboard.press('Enter');
  await alice.getByRole('menuitem', { name: 'Make Bob the host?' }).and(alice.locator(':focus')).waitFor();
  await alice.keyboard.press('ArrowDown');
  await alice.keyboard.press('ArrowUp');
  await alice.getByRole('menuitem', { name: 'Make host' }).and(alice.locator(':focus')).waitFor();
  await alice.keyboard.press('Enter');
  await alice.keyboard.press('Enter');
  await until('bob is host', [alice, bob], (a, b) => a.host === b.me && b.host === b.me);
  await toasted(bob, /you are the host now/i);
  await menuOf(bob, 'Alice').waitFor({ state: 'attached' });
  await alice.locator('#members-toggle:focus').waitFor();
});

test('whom the host removes by keyboard takes no focus along, and Space jumps after a press by mouse', async () => {
  const { pages: [alice] } = await roomOf(['Bob']);
  await menuOf(alice, 'Bob').focus();
  await alice.keyboard.press('Enter');
  await alice.keyboard.press('ArrowDown');
  await alice.keyboard.press('Enter');
  await alice.keyboard.press('Enter');
  await until('she is alone', alice, (shot) => shot.peers.length === 0);
  await alice.locator('#members-toggle:focus').waitFor();
  for (const press of [
    () => alice.locator('#members-toggle').click(),
    async () => {
      await alice.getByTestId('share').click();
      await alice.getByTestId('share').click();
    },
    async () => {
      await alice.getByTestId('settings').click();
      await alice.locator('#settings-panel .close').click();
    },
  ]) {
    await press();
    assert.equal(await alice.evaluate(() => document.activeElement.id), 'scene');
  }
  await alice.keyboard.down('Space');
  await until('she jumps', alice, (shot) => shot.self.y > 0.4);
  await alice.keyboard.up('Space');
});

test('alone, to share is what is to be done next', async () => {
  const { code, pages: [alice] } = await roomOf([]);
  const primary = () => alice.getByTestId('share').evaluate((button) => button.classList.contains('primary'));
  assert.equal(await primary(), true);
  await alice.getByText(/as soon as a second player is here, tag begins/).waitFor();
  await openPage(browser, `${server.url}?room=${code}&name=Bob`, { width: 300, height: 300 });
  await until('bob is there', alice, (shot) => shot.peers.length === 1);
  await alice.locator('#alone').waitFor({ state: 'hidden' });
  assert.equal(await primary(), false);
});

test('by keyboard alone one looks around and farther or nearer, and the scene is no stop in the menu', async () => {
  const menu = await openPage(browser, server.url);
  assert.equal(await menu.locator('#scene').getAttribute('tabindex'), '-1');
  const { pages: [alice] } = await roomOf([]);
  assert.equal(await alice.locator('#scene').getAttribute('tabindex'), '0');
  /// Where the cube goes by W, as a direction.
  const ahead = async () => {
    const { self } = await snapshot(alice);
    await alice.keyboard.down('KeyW');
    const [{ self: there }] = await until('she moves', alice, (shot) => Math.hypot(shot.self.x - self.x, shot.self.z - self.z) > 0.5);
    await alice.keyboard.up('KeyW');
    return Math.atan2(there.x - self.x, there.z - self.z);
  };
  const before = await ahead();
  await alice.keyboard.down('KeyE');
  await alice.waitForTimeout(500);
  await alice.keyboard.up('KeyE');
  const turned = Math.atan2(Math.sin(await ahead() - before), Math.cos(await ahead() - before));
  assert.ok(Math.abs(turned) > 0.3, `${turned}`);
  const zooms = await alice.evaluate(async () => {
    const { listen } = await import('./input.mjs');
    const factors = [];
    const player = listen({ input() {}, look() {}, zoom: (factor) => factors.push(factor) }, () => true);
    player.moveView(0);
    for (const key of ['+', '-']) {
      dispatchEvent(new KeyboardEvent('keydown', { key, code: `Key ${key}` }));
      player.moveView(factors.length * 100 + 50);
      dispatchEvent(new KeyboardEvent('keyup', { key, code: `Key ${key}` }));
    }
    return factors;
  });
  assert.ok(zooms.length === 2 && zooms[0] < 1 && zooms[1] > 1, `${zooms}`);
});

test('what the server does not do is said', async () => {
  const { pages: [alice] } = await roomOf([]);
  await alice.getByTestId('settings').click();
  await alice.getByTestId('set-title').fill('turned \u202e around');
  await alice.getByTestId('save-settings').click();
  await toasted(alice, /not possible/);
  assert.equal((await snapshot(alice)).title, '');
});

test('a mark stands as long as the server is lost, and goes when it is back', async () => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-e2e-'));
  const first = await startServer({ state });
  const { pages: [alice, bob] } = await roomOf(['Bob'], { at: first.url });
  await until('they have a way of their own', [alice, bob], (...shots) => shots.every((shot) => shot.peers[0].path === 'direct'));
  const mark = alice.getByTestId('server-mark');
  assert.equal(await mark.isVisible(), false);
  await first.kill();
  await mark.filter({ hasText: /server is out of reach/i }).waitFor({ timeout: 10_000 });
  // No toast says the same; what is asked of the server meanwhile is refused in words.
  assert.equal(await alice.getByTestId('toast').filter({ hasText: /server/i }).count(), 0);
  await menuOf(alice, 'Bob').click();
  await alice.getByRole('menuitem', { name: 'Remove' }).click();
  await alice.getByRole('menuitem', { name: 'Remove Bob?' }).click();
  await toasted(alice, /try again when it is back/i);
  const second = await startServer({ state, listen: [`127.0.0.1:${first.port}`] });
  try {
    await mark.waitFor({ state: 'hidden', timeout: 25_000 });
  } finally {
    await second.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
