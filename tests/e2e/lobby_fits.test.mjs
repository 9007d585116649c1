// The page on a phone, a laptop and a very large screen: all that can be pressed can be reached, nothing lies over anything
// else, and pictures are kept for people to look at (build/test-output/lobby-*.png).
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { makeRoom } from '../lib/rooms.mjs';
import { startServer } from '../lib/server.mjs';

const kScreens = {
  'a touch screen': { phone: [360, 740], 'phone-across': [740, 360] },
  'a mouse': { laptop: [1280, 720], large: [2560, 1440] },
};
const kRooms = [{ title: 'Friday evening', size: 8 }, { title: 'Beginners welcome', size: 2, password: 'x' }, { title: '', size: 4 },
  { title: 'A very long title that somebody has typed in without thinking', size: 16, password: 'x' }];

let server;
let browser;

before(async () => {
  server = await startServer({ args: ['--grace-seconds', '1'] });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

// Rooms of one size stand in no list of the next, once their grace time is over.
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/// Everything that can be pressed within `part` is inside the window, or in something that scrolls, and is what one hits there.
async function fits(page, part, what) {
  const wrong = await page.evaluate((selector) => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const node of document.querySelectorAll(`${selector} :is(button, input, select, strong, h2)`)) {
      const { left, right, top, bottom, width } = node.getBoundingClientRect();
      if (width === 0 || getComputedStyle(node).visibility === 'hidden') continue;
      const name = node.id || node.textContent;
      if (left < -0.5 || right > innerWidth + 0.5) found.push(`${name} from ${left} to ${right}`);
      if (node.matches('button') && node.scrollWidth > node.clientWidth + 1) found.push(`the words of ${name} do not fit into it`);
      const around = node.closest('#rooms-list, #members, .panel, #start, #message');
      if (around && /auto|scroll/.test(getComputedStyle(around).overflowY)) {
        // One gets to what lies below by scrolling, to what lies above the beginning in no way.
        const box = around.getBoundingClientRect();
        if (bottom > box.bottom || (top < box.top && around.scrollTop > 0)) continue;
      }
      if (top < -0.5 || bottom > innerHeight + 0.5) found.push(`${name} from ${top} to ${bottom}`);
      if (!node.matches('button, input, select')) continue;
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      if (hit !== node && !node.contains(hit) && !hit?.contains(node)) found.push(`${name} is covered by ${hit?.id || hit?.className || hit?.tagName}`);
    }
    return found;
  }, part);
  assert.deepEqual(wrong, [], what);
}

for (const [screen, sizes] of Object.entries(kScreens)) {
  test(`with ${screen} the menu, the list, a message and the room fit at every size`, { timeout: 240_000 }, async () => {
    const [[width, height]] = Object.values(sizes);
    const touch = screen === 'a touch screen' ? { hasTouch: true, isMobile: true } : {};
    const page = await openPage(browser, server.url, { width, height, reducedMotion: 'reduce', ...touch });
    /// At each size; `prepare` opens anew what is placed when it opens.
    const look = async (part, what, prepare = () => {}) => {
      for (const [size, [wide, high]] of Object.entries(sizes)) {
        await page.setViewportSize({ width: wide, height: high });
        await prepare(wide);
        // What comes up has come up, and is painted.
        await page.evaluate(async () => {
          await Promise.allSettled(document.getAnimations().map((one) => one.finished));
          for (let i = 0; i < 2; ++i) await new Promise((next) => { requestAnimationFrame(next); });
        });
        await fits(page, part, `${what} at ${size}`);
        await keepPicture(page, `lobby-${size}-${what}`);
        if (what === 'menu') assert.ok(await page.locator('#start').evaluate((card) => card.scrollHeight <= card.clientHeight + 1), `all of the menu is seen at once at ${size}`);
      }
    };
    await page.getByTestId('name').fill('Ada');
    await look('#start', 'menu');
    await page.getByTestId('create-more').click();
    await page.getByTestId('new-title').waitFor();
    await look('#start', 'options');

    await page.getByTestId('find').click();
    await page.getByTestId('rooms-empty').filter({ hasText: 'No room is open' }).waitFor();
    await look('#start', 'list-empty');
    const rooms = await Promise.all(kRooms.map((room) => makeRoom(server, room)));
    await page.getByTestId('rooms-count').filter({ hasText: '4 rooms' }).waitFor({ timeout: 15_000 });
    await look('#start', 'list');

    await page.getByTestId('listed').filter({ hasText: 'Beginners' }).click();
    await page.getByTestId('message-password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByTestId('message').filter({ hasText: /wrong password/i }).waitFor({ timeout: 15_000 });
    await look('#message', 'message');
    await page.getByRole('button', { name: 'Back to the menu' }).click();
    await page.getByTestId('quick').click();
    await page.getByTestId('entering-time').filter({ hasText: /0:0/ }).waitFor();
    await look('#entering', 'quick-match');

    await until('one waits in a room', page, (shot) => shot.state === 'playing');
    const { code } = await snapshot(page);
    for (const name of ['Bob', 'Maximiliane von Hohenstein-Ruh']) {
      await openPage(browser, `${server.url}?room=${code}&name=${name}`, { width: 200, height: 120 });
    }
    await until('all three are there', page, (shot) => shot.peers.length === 2);
    await page.getByTestId('settings').click();
    await look('#room-bar', 'settings-bar');
    await look('#settings-panel', 'settings');
    await page.getByTestId('set-title').fill('Friday evening');
    await page.getByTestId('set-locked').check();
    await page.getByTestId('save-settings').click();
    await page.getByTestId('locked').waitFor();
    // On a narrow screen the members are folded away.
    const unfold = async () => {
      const toggle = page.locator('#members-toggle');
      if (await toggle.getAttribute('aria-expanded') !== 'true') await toggle.click();
    };
    await look('#hud', 'room', unfold);
    await look('#member-menu', 'member-menu', async () => {
      await page.keyboard.press('Escape');
      await unfold();
      await page.getByTestId('member-actions').nth(2).click();
    });
    await page.keyboard.press('Escape');
    await page.getByTestId('share').click();
    await look('#share-panel', 'share');
    for (const room of rooms) await room.leave();
  });
}
