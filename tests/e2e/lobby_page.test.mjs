// The start screen in a real browser: the list of rooms, passwords, quick matches, and all of it by the keyboard alone.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { makeRoom } from '../lib/rooms.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

const kFreshMs = 12_000;  // RoomFinder::kInterval and a slow machine

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

// Rooms of one test stand in no list of the next.
let rooms = [];
afterEach(async () => {
  await Promise.all(rooms.map((room) => room.leave()));
  rooms = [];
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    await page.getByTestId('leave').dispatchEvent('click', {}, { timeout: 1000 }).catch(() => {});
  }
  await Promise.all(browser.contexts().map((context) => context.close()));
});

const playing = (shot) => shot.state === 'playing';
const listed = (page, text) => page.getByTestId('listed').filter({ hasText: text });
const asks = (page, pattern) => page.getByTestId('message').filter({ hasText: pattern }).waitFor({ timeout: 15_000 });

/// A page whose player is called `name`, at the start screen.
async function menuOf(name, options) {
  const page = await openPage(browser, server.url, { reducedMotion: 'reduce', ...options });
  await page.getByTestId('name').fill(name);
  return page;
}

/// A host in a room of its own, made by the options of the start screen.
async function hostOf({ title = '', size = 8, password = '', list = true }) {
  const page = await menuOf('Host', { width: 300, height: 300 });
  await page.getByTestId('create-more').click();
  await page.getByTestId('new-title').fill(title);
  await page.getByTestId('new-size').fill(String(size));
  await page.getByTestId('new-password').fill(password);
  if (list) await page.getByTestId('new-listed').check();
  await page.getByTestId('create').click();
  const [shot] = await until('the host has a room', page, playing);
  return { page, code: shot.code };
}

/// A room that is in the list, without a page.
async function roomOf(options) {
  const room = await makeRoom(server, options);
  rooms.push(room);
  return room;
}

test('the options of a new room are folded away, and the room is as they say', async () => {
  const page = await menuOf('Host');
  assert.equal(await page.getByTestId('new-title').isVisible(), false);
  await page.close();
  const host = await hostOf({ title: 'Friday', size: 3, password: 'sesame' });
  const { title, size, listed: inList, password, locked } = await snapshot(host.page);
  assert.deepEqual({ title, size, inList, password, locked }, { title: 'Friday', size: 3, inList: 1, password: 1, locked: 0 });
  assert.equal(await host.page.getByTestId('room-title').textContent(), 'Friday');
  assert.doesNotMatch(host.page.url(), /sesame/, 'a password stands in no address');
});

test('the list shows a room that is listed, with its members, and one click joins it', async () => {
  const { code } = await roomOf({ title: 'Open to all', size: 5 });
  const hidden = await roomOf({ title: 'By link only', listed: false });
  const page = await menuOf('Guest', { width: 640, height: 480 });
  await page.getByTestId('find').click();
  const row = listed(page, 'Open to all');
  await row.filter({ hasText: '1 of 5' }).waitFor();
  assert.equal(await listed(page, 'By link only').count(), 0);
  await row.getByRole('button', { name: 'Open to all, 1 of 5 players', exact: true }).click();
  const [shot] = await until('the guest is in', page, playing);
  assert.equal(shot.code, code);
  assert.notEqual(shot.code, hidden.code);
});

test('a room that comes, and one that goes, is seen without a press', async () => {
  const page = await menuOf('Guest', { width: 640, height: 480 });
  await page.getByTestId('find').click();
  await page.getByTestId('rooms-empty').filter({ hasText: 'No room is open' }).waitFor();
  const room = await roomOf({ title: 'Late' });
  await listed(page, 'Late').waitFor({ timeout: kFreshMs });
  assert.equal(await page.getByTestId('rooms-empty').isVisible(), false);
  await room.leave();
  rooms = [];
  await listed(page, 'Late').waitFor({ state: 'detached', timeout: kFreshMs });
});

test('words, a free place and no password narrow the list, and one press shows all again', async () => {
  await roomOf({ title: 'Chess' });
  await roomOf({ title: 'Go for beginners', password: 'x' });
  const page = await menuOf('Guest', { width: 640, height: 480 });
  await page.getByTestId('find').click();
  await listed(page, 'Chess').waitFor();
  await page.getByTestId('rooms-filter').fill('begin GO');
  await listed(page, 'Chess').waitFor({ state: 'detached' });
  await listed(page, 'Go for beginners').waitFor();
  await page.getByTestId('rooms-open').check({ force: true });
  await page.getByTestId('rooms-empty').filter({ hasText: 'No room matches' }).waitFor();
  await page.getByRole('button', { name: 'Show all rooms' }).click();
  await listed(page, 'Chess').waitFor();
  await listed(page, 'Go for beginners').waitFor();
});

test('the fullest rooms come first where that is chosen', async () => {
  await (await roomOf({ title: 'Two are here' })).join();
  await roomOf({ title: 'One is here' });
  const page = await menuOf('Guest', { width: 640, height: 480 });
  await page.getByTestId('find').click();
  const first = (text) => page.waitForFunction((wanted) => document.querySelector('#rooms-list strong')?.textContent === wanted, text);
  await first('One is here');
  await page.getByTestId('rooms-order').selectOption('members');
  await first('Two are here');
});

test('more rooms than a page holds come with another press', async () => {
  await roomOf({ title: 'The first' });
  const page = await menuOf('Guest', { width: 640, height: 480 });
  for (let i = 0; i < 20; ++i) await roomOf({ size: 2 });
  await page.getByTestId('find').click();
  await page.getByTestId('rooms-count').filter({ hasText: '21 rooms' }).waitFor();
  assert.equal(await page.getByTestId('listed').count(), 20);
  await page.getByTestId('rooms-more').click();
  await listed(page, 'The first').waitFor();
  assert.equal(await page.getByTestId('rooms-more').isVisible(), false);
});

test('the list says that the server does not answer, and is there again with it', async () => {
  const doomed = await startServer();
  const page = await openPage(browser, doomed.url, { width: 640, height: 480, reducedMotion: 'reduce' });
  await doomed.kill();
  await page.getByTestId('find').click();
  await page.getByTestId('rooms-empty').filter({ hasText: 'The server does not answer' }).waitFor({ timeout: 25_000 });
  const again = await startServer({ listen: [`127.0.0.1:${doomed.port}`] });
  try {
    await page.getByTestId('rooms-empty').filter({ hasText: 'No room is open' }).waitFor({ timeout: 25_000 });
  } finally {
    await again.stop();
  }
});

test('a list that nobody looks at asks the server nothing', async () => {
  const quiet = await startServer();
  try {
    const page = await openPage(browser, quiet.url, { reducedMotion: 'reduce' });
    await page.getByTestId('find').click();
    await page.getByTestId('rooms-empty').filter({ hasText: 'No room is open' }).waitFor();
    assert.equal((await readMetrics(quiet)).parlor_websockets, 1);
    await page.getByTestId('rooms-back').click();
    const deadline = Date.now() + 10_000;
    while ((await readMetrics(quiet)).parlor_websockets > 0) assert.ok(Date.now() < deadline, 'its connection ends');
  } finally {
    await quiet.stop();
  }
});

test('a room of the list that takes a password asks for it, refuses a wrong one and takes the right one', async () => {
  const { code } = await roomOf({ title: 'Secret', password: 'open sesame' });
  const page = await menuOf('Guest', { width: 640, height: 480 });
  await page.getByTestId('find').click();
  await page.getByRole('button', { name: 'Secret, 1 of 8 players, password required' }).click();
  await asks(page, /“Secret” needs a password/);
  await page.getByTestId('message-password').fill('wrong');
  await page.keyboard.press('Enter');
  await asks(page, /Wrong password, or “Secret” is gone/);
  assert.equal(await page.getByTestId('message-code').inputValue(), code);
  await page.getByTestId('message-password').fill('open sesame');
  await page.keyboard.press('Enter');
  await until('the guest is in', page, (shot) => playing(shot) && shot.code === code);
});

test('a link to a room with a password asks for it, and a reload does not', async () => {
  const { code } = await roomOf({ title: 'Secret', password: 'open sesame' });
  const page = await openPage(browser, `${server.url}?room=${code}&name=Guest`, { reducedMotion: 'reduce' });
  await asks(page, /there is no room .*or it needs a password/i);
  assert.doesNotMatch(await page.getByTestId('message').textContent(), /cannot ask/);
  await page.getByTestId('message-password').fill('open sesame');
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await until('the guest is in', page, playing);
  await page.reload();
  await until('the guest is back', page, playing);
});

test('a member reloads into its room also when the host has set a password since and its place is gone', async () => {
  const at = await startServer({ args: ['--grace-seconds', '1'] });
  try {
    const alice = await openPage(browser, `${at.url}?new&name=Alice`, { reducedMotion: 'reduce' });
    const [{ code }] = await until('alice has a room', alice, playing);
    const bob = await openPage(browser, `${at.url}?room=${code}&name=Bob`, { reducedMotion: 'reduce' });
    await until('bob is in', bob, playing);
    await alice.getByTestId('settings').click();
    await alice.getByTestId('set-password').fill('rose');
    await alice.getByTestId('save-settings').click();
    await until('bob knows', bob, (shot) => Boolean(shot.password));
    const address = bob.url();
    await bob.goto('about:blank');
    await until('bob is gone', alice, (shot) => shot.peers.length === 0);
    await bob.goto(address);
    await until('bob is in again', bob, playing);
  } finally {
    await at.stop();
  }
});

test('two who look for a quick match play together', async () => {
  const alice = await menuOf('Alice');
  const bob = await menuOf('Bob');
  await alice.getByTestId('quick').click();
  await alice.getByTestId('entering-time').filter({ hasText: /^0:0\d · nobody else yet/ }).waitFor();
  await bob.getByTestId('quick').click();
  const [a, b] = await until('they have met', [alice, bob], (x, y) => x.peers.length === 1 && y.peers.length === 1);
  assert.equal(a.code, b.code);
  for (const page of [alice, bob]) assert.equal(await page.getByTestId('toast').filter({ hasText: /nobody is here/i }).count(), 0);
});

test('who finds nobody waits alone as host, and the next who searches comes in', async () => {
  const alice = await menuOf('Alice', { width: 640, height: 480 });
  await alice.getByTestId('quick').click();
  const [shot] = await until('alice waits in a room', alice, playing);
  assert.equal(shot.host, shot.me);
  await alice.getByText(/nobody is here yet.* next player looking for a match/i).waitFor();
  assert.equal(await alice.getByTestId('toast').count(), 0, 'said once');
  const bob = await menuOf('Bob');
  await bob.getByTestId('quick').click();
  const [, b] = await until('bob is with her', [alice, bob], (x, y) => x.peers.length === 1 && y.peers.length === 1);
  assert.equal(b.code, shot.code);
});

test('a quick match can be given up', async () => {
  const page = await menuOf('Alice');
  await page.getByTestId('quick').click();
  await page.getByTestId('entering-time').filter({ hasText: /0:0/ }).waitFor();
  await page.getByTestId('cancel').click();
  await page.getByTestId('quick').waitFor();
  assert.equal((await snapshot(page)).state, 'solo');
  assert.equal((await readMetrics(server)).parlor_searching, 0);
});

test('by the keyboard alone one names oneself, unfolds the options, creates a listed room, and another finds and joins it', async () => {
  const pressUntil = async (page, key, selector) => {
    for (let i = 0; i < 20; ++i) {
      if (await page.locator(`${selector}:focus`).count()) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${key} does not lead to ${selector}`);
  };
  const host = await openPage(browser, server.url);
  await host.locator('#name:focus').waitFor();
  await host.keyboard.type('Keys');
  await pressUntil(host, 'Tab', '#create-more');
  await host.keyboard.press('Enter');
  await host.locator('#new-title:focus').waitFor();
  await host.keyboard.type('No mouse');
  await pressUntil(host, 'Tab', '#new-size');
  await host.keyboard.press('ArrowLeft');
  await pressUntil(host, 'Tab', '#new-listed');
  await host.keyboard.press('Space');
  await host.keyboard.press('Enter');
  const [shot] = await until('the room is there', host, playing);
  assert.deepEqual([shot.title, shot.size, shot.listed], ['No mouse', 7, 1]);

  const guest = await openPage(browser, server.url);
  await guest.locator('#name:focus').waitFor();
  await guest.keyboard.type('Arrows');
  await pressUntil(guest, 'Tab', '#find');
  await guest.keyboard.press('Enter');
  await guest.locator('#rooms-filter:focus').waitFor();
  await guest.keyboard.press('Escape');
  await guest.locator('#find:focus').waitFor();
  await guest.keyboard.press('Enter');
  await listed(guest, 'No mouse').waitFor();
  await guest.keyboard.type('mouse');
  await guest.keyboard.press('ArrowDown');
  await guest.locator('#rooms-list button:focus').waitFor();
  await guest.keyboard.press('Enter');
  await until('the guest is in', guest, (other) => playing(other) && other.code === shot.code);
});

test('who has no name is asked for one before anything is joined, right below the field, until it is typed', async () => {
  const page = await openPage(browser, server.url, { width: 1280, height: 720 });
  await page.getByTestId('create-more').click();
  await page.getByTestId('quick').click();
  const note = page.getByRole('alert').filter({ hasText: /enter a name/i });
  await note.waitFor();
  await page.locator('#name:focus').waitFor();
  const [field, said] = [await page.getByTestId('name').boundingBox(), await note.boundingBox()];
  assert.ok(said.y >= field.y + field.height && said.y < field.y + field.height + 16, `${field.y} ${said.y}`);
  assert.equal(await page.getByTestId('name').getAttribute('aria-invalid'), 'true');
  await page.keyboard.type('A');
  assert.equal(await note.count(), 0);
  assert.equal(await page.getByTestId('name').getAttribute('aria-invalid'), null);
  assert.equal((await snapshot(page)).state, 'solo');
});

test('who comes by a link is invited to the room, and all else is folded away; a name in the link is not kept', async () => {
  const { page: host, code } = await hostOf({ title: 'Invited' });
  const context = await browser.newContext({ viewport: { width: 640, height: 480 } });
  const named = await openPage(browser, `${server.url}?room=${code}&name=Stranger`, { context });
  await until('the stranger is in', named, playing);
  await named.close();
  const page = await openPage(browser, `${server.url}?room=${code}`, { context });
  await page.getByTestId('invited').filter({ hasText: `You are invited to ${code}` }).waitFor();
  assert.equal(await page.getByTestId('name').inputValue(), '');
  for (const other of ['create', 'quick', 'find', 'join-code']) assert.equal(await page.getByTestId(other).isVisible(), false, other);
  await page.getByTestId('otherwise').click();
  await page.getByTestId('create').waitFor();
  assert.equal(await page.getByTestId('join-code').inputValue(), code);
  await page.reload();
  await page.getByTestId('name').fill('Guest');
  await page.getByTestId('join-invited').click();
  await until('the guest is in', [host, page], (a, b) => playing(b) && b.code === code && a.peers.some((peer) => peer.name === 'Guest'));
});
