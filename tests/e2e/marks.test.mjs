// What stands over the scene while one plays, at every size of the window: nothing lies on anything else, also with all marks on
// at once, the network panel open, and the members folded or not.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepPicture, openPage, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const kLongName = 'Maximiliane von Hohenstein-Ruh';
const kParts = ['#room-bar', '#members-card', '#tools', '#tag', '#server-mark', '#condition-mark', '#stick', '#jump'];
/// Two cards, or one that scrolls where there is no room for that.
const panelOf = (width, height) => (width > 960 && height > 640 ? ['#network-card', '#conditioner'] : ['#network']);
const kDesktop = [[360, 740], [600, 740], [601, 740], [768, 740], [900, 740], [960, 740], [961, 740], [1024, 740], [1180, 740], [1181, 740], [1280, 720], [1857, 900],
  [2560, 1440], [640, 360], [1280, 460]];
const kTouch = [[360, 740], [412, 915], [768, 1024], [1024, 768], [1280, 800], [640, 360], [740, 360], [915, 412]];
const kKept = ['360x740', '360x740-network', '740x360', '740x360-network', '1280x720-network', '768x740-network', '2560x1440-network'];

let server;
let browser;
let alice;
let bob;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  const options = { width: 400, height: 740, reducedMotion: 'reduce' };
  alice = await openPage(browser, `${server.url}?new&name=${kLongName}`, options);
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  bob = await openPage(browser, `${server.url}?room=${code}&name=${kLongName}`, { ...options, hasTouch: true, isMobile: true });
  await until('they are connected and somebody has to catch', [alice, bob], (...shots) => shots.every((shot) => shot.peers[0]?.path === 'direct' && shot.it !== 0));
  for (const page of [alice, bob]) {
    await page.getByTestId('network-toggle').click();
    await page.getByTestId('preset-mobile_bad').click();
    await page.getByTestId('network-close').click();
  }
  await server.kill();
  for (const page of [alice, bob]) await page.getByTestId('server-mark').filter({ hasText: /out of reach/ }).waitFor({ timeout: 15_000 });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/// What is wrong with the boxes of the parts that are seen: outside the window, or two on one place.
const wrongWith = (page, parts) => page.evaluate(async (selectors) => {
  // What comes up is up.
  for (const one of document.getAnimations()) if (one.effect.getComputedTiming().iterations < Infinity) one.finish();
  await new Promise((next) => { requestAnimationFrame(next); });
  const seen = selectors.flatMap((selector) => {
    const node = document.querySelector(selector);
    const box = node.getBoundingClientRect();
    return box.width > 2 && getComputedStyle(node).visibility === 'visible' ? [{ selector, box }] : [];
  });
  const said = ({ selector, box }) => `${selector} ${[box.left, box.top, box.right, box.bottom].map(Math.round)}`;
  const wrong = [];
  for (const [i, one] of seen.entries()) {
    const { left, top, right, bottom, height } = one.box;
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) wrong.push(`outside: ${said(one)}`);
    if (one.selector === '#network' && height < 130) wrong.push(`too low: ${said(one)}`);
    for (const other of seen.slice(i + 1)) {
      const { box } = other;
      if (left < box.right - 1 && box.left < right - 1 && top < box.bottom - 1 && box.top < bottom - 1) wrong.push(`${said(one)} on ${said(other)}`);
    }
  }
  const rest = document.querySelector('#tag span:last-child');
  if (rest && rest.offsetWidth > 0 && rest.getBoundingClientRect().right > document.getElementById('tag').getBoundingClientRect().right) wrong.push('what one is to do is cut off');
  return wrong;
}, parts);

const setMembers = (page, open) => page.evaluate((wanted) => {
  const toggle = document.getElementById('members-toggle');
  if ((toggle.getAttribute('aria-expanded') === 'true') !== wanted) toggle.click();
}, open);
const setNetwork = (page, open) => page.evaluate((wanted) => {
  if (document.getElementById('network').hidden === wanted) document.getElementById('network-toggle').click();
}, open);

for (const [what, sizes, pageOf] of [['a mouse', kDesktop, () => alice], ['a touch screen', kTouch, () => bob]]) {
  test(`with ${what} all marks at once lie on nothing, at every size`, { timeout: 120_000 }, async () => {
    const page = pageOf();
    const wrong = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const network of [false, true]) {
        for (const members of width > 600 ? [true] : [false, true]) {
          await setNetwork(page, network);
          await setMembers(page, members);
          const parts = network ? [...kParts, ...panelOf(width, height)] : kParts;
          const state = `${width}x${height}${network ? ', network' : ''}${members ? ', members' : ''}`;
          wrong.push(...(await wrongWith(page, parts)).map((line) => `${state}: ${line}`));
          if (kKept.includes(`${width}x${height}${network ? '-network' : ''}`)) await keepPicture(page, `marks-${state.replace(/\W+/g, '-')}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test('a phone that is held across shows the graphs and the conditioner in the whole height', async () => {
  await bob.setViewportSize({ width: 740, height: 360 });
  await setNetwork(bob, true);
  const { top, bottom } = await bob.getByTestId('network-panel').evaluate((node) => node.getBoundingClientRect().toJSON());
  assert.ok(bottom - top > 300, `${top} to ${bottom}`);
  await bob.getByTestId('preset-off').click();
  await bob.getByTestId('preset-mobile_bad').click();
  assert.equal(await bob.getByTestId('stick').isVisible(), false);
  await bob.getByTestId('network-close').click();
  await bob.getByTestId('stick').waitFor({ timeout: 5000 });
});
