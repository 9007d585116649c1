// The parts of the game's page that need no browser.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readAddress } from '../../games/cubes/page/address.mjs';
import { changesOf, kReasons, messageOf, toastFor } from '../../games/cubes/page/messages.mjs';
import { Quality } from '../../games/cubes/page/quality.mjs';
import { matching } from '../../games/cubes/page/room_list.mjs';

test('every reason that can end a stay has a message', () => {
  const header = readFileSync(new URL('../../include/parlor/types.hpp', import.meta.url), 'utf8');
  const reasons = header.split('enum class Reason')[1].split('// A link or a member ended')[0].split('// The room ended for me')[1];
  const names = [...reasons.matchAll(/^ {2}(\w+),/gm)].map((match) => match[1]);
  assert.ok(names.length > 10, names.join(' '));
  // Who leaves knows it.
  for (const name of names.filter((one) => one !== 'left')) assert.ok(kReasons.includes(name), name);
});

test('what a person typed wrong has a message of its own', () => {
  const options = readFileSync(new URL('../../src/room/options.cpp', import.meta.url), 'utf8');
  // The sentences that the room gives for a name, a title and a password.
  const said = (words) => {
    const sentence = options.split('"').find((text) => text.startsWith(words));
    assert.ok(sentence, words);
    return messageOf({ reason: 'bad_options', message: sentence }, '');
  };
  assert.deepEqual(['Choose another name', 'Create::title', 'Create::password', 'Join::password'].map(said),
    ['bad_name', 'bad_title', 'bad_password', 'bad_password']);
  assert.equal(messageOf({ reason: 'bad_options', message: 'This server allows rooms of 4.' }, ''), 'bad_options');
  assert.equal(messageOf({ reason: 'no_such_room', message: '' }, '<script>'), 'bad_code');
  assert.equal(messageOf({ reason: 'no_such_room', message: '' }, ' KAMO ridun'), 'no_such_room');
  assert.equal(messageOf({ reason: 'room_full', message: '' }, 'x'), 'room_full');
  for (const reason of ['bad_code', 'bad_name', 'bad_title', 'bad_password', 'bad_options']) assert.ok(kReasons.includes(reason));
});

test('a member that leaves says so, one that is lost is trouble', () => {
  assert.deepEqual(toastFor({ kind: 'left', id: 2, name: 'Bob', reason: 'peer_left' }, 1), { text: 'Bob left' });
  const lost = toastFor({ kind: 'left', id: 2, name: 'Bob', reason: 'peer_lost' }, 1);
  assert.match(lost.text, /Bob left/);
  assert.ok(lost.trouble);
  assert.equal(toastFor({ kind: 'entered', id: 1, name: 'Ada' }, 1), null);
});

test('what has changed in a room is said in one sentence, and nothing where nothing has', () => {
  const room = { title: '', size: 8, locked: 0, listed: 0, password: 0, peers: [] };
  assert.equal(changesOf(room, { ...room, peers: [{ id: 2 }] }), '');
  assert.equal(changesOf(room, { ...room, locked: 1 }), 'The room is now locked');
  assert.equal(changesOf({ ...room, title: 'Garden', password: 1 }, { ...room, size: 4, listed: 1 }),
    'The room is now without a title · for up to 4 · public · without a password');
});

test('a member whom the host removed did not leave by itself', () => {
  assert.deepEqual(toastFor({ kind: 'left', id: 2, name: 'Bob', reason: 'peer_kicked' }, 1), { text: 'The host removed Bob' });
  assert.deepEqual(toastFor({ kind: 'refused', id: 0, name: '', message: 'Only the host may do that.' }, 1), { text: 'Only the host may do that.', trouble: true });
});

test('a room is found by words of its title in any order, and by its code with or without the dash', () => {
  const rooms = [{ title: 'Go for beginners', code: 'kamo-ridun' }, { title: 'Chess', code: 'bafu-litez' }];
  const found = (filter) => matching(rooms, filter).map((room) => room.title);
  assert.deepEqual(found(''), ['Go for beginners', 'Chess']);
  assert.deepEqual(found('BEGIN go'), ['Go for beginners']);
  assert.deepEqual(found('bafulit'), ['Chess']);
  assert.deepEqual(found('ridun'), ['Go for beginners']);
  assert.deepEqual(found('go chess'), []);
});

test('the address says what is wanted, and nonsense in it nothing', () => {
  assert.deepEqual(readAddress('?room=kamo-ridun&name=%20Ada%20'),
    { room: 'kamo-ridun', create: false, name: 'Ada', size: undefined, stress: undefined, ratio: undefined, day: undefined });
  const other = readAddress('?new&name=&size=1000&stress=x&ratio=9&day=7');
  assert.deepEqual([other.create, other.name, other.size, other.stress, other.ratio, other.day], [true, undefined, 64, undefined, 3, 1]);
  assert.deepEqual(['?stress=9', '?stress=9&room=kamo-ridun', '?stress=9&new'].map((query) => readAddress(query).stress), [9, undefined, undefined]);
});

/// The ratio after so many frames that are `interval` ms apart.
function ratioAfter(frames, interval, fixed) {
  globalThis.devicePixelRatio = 2;
  globalThis.document = { body: { classList: { add() {} } } };
  const quality = new Quality(fixed);
  let changes = 0;
  for (let frame = 1; frame <= frames; ++frame) changes += quality.frame(frame * interval) ? 1 : 0;
  return [quality.ratio(), changes];
}

test('where drawing is slow there are fewer pixels, step by step and not below half', () => {
  assert.deepEqual(ratioAfter(500, 16), [2, 0]);
  assert.deepEqual(ratioAfter(40, 100), [1.5, 1]);
  assert.deepEqual(ratioAfter(500, 100), [1.1, 2]);
  assert.deepEqual(ratioAfter(500, 100, 2), [2, 0], 'a fixed ratio stays');
  assert.deepEqual(ratioAfter(500, 2000), [2, 0], 'a page without frames says nothing');
});
