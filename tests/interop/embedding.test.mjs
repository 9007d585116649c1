// docs/embedding.md and its program: what the page shows is what the program has, and two of it talk to each other.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.PARLOR_EMBEDDING_CHAT ?? `${root}/build/release/bin/embedding_chat`;

class Chat {
  constructor(what) {
    this.process = spawn(program, [what], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = [];
    this.looks = [];
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.looks.forEach((look) => look());
    });
    this.ended = new Promise((resolve) => { this.process.on('exit', resolve); });
  }

  type(line) {
    this.process.stdin.write(`${line}\n`);
  }

  until(pattern) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.find((line) => pattern.test(line));
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => reject(new Error(`no line like ${pattern} in:\n${this.lines.join('\n')}`)), 10_000);
      this.looks.push(look);
      look();
    });
  }
}

test('two of the program of docs/embedding.md talk to each other', { timeout: 60_000 }, async (t) => {
  const alice = new Chat('offer');
  const bob = new Chat('answer');
  t.after(() => [alice, bob].forEach((one) => one.process.kill()));
  bob.type(await alice.until(/^offer /));
  alice.type(await bob.until(/^answer /));
  await Promise.all([alice, bob].map((one) => one.until(/^Connected/)));
  alice.type('hello');
  await bob.until(/^> hello$/);
  bob.type('Grüße');
  await alice.until(/^> Grüße$/);
  alice.process.stdin.end();
  assert.equal(await alice.ended, 0);
  await bob.until(/closed/);
  assert.equal(await bob.ended, 0, 'it ends when the other side has');
});

test('its own line typed back in is refused, and spoils nothing', { timeout: 60_000 }, async (t) => {
  const alice = new Chat('offer');
  const bob = new Chat('answer');
  t.after(() => [alice, bob].forEach((one) => one.process.kill()));
  const offer = await alice.until(/^offer /);
  alice.type(offer);
  await alice.until(/^That is the line of this program/);
  bob.type(offer);
  const answer = await bob.until(/^answer /);
  bob.type(answer);
  await bob.until(/^That is the line of this program/);
  alice.type(answer);
  await Promise.all([alice, bob].map((one) => one.until(/^Connected/)));
});

test('it ends with 1 when somebody else answers than the one who was introduced', { timeout: 60_000 }, async (t) => {
  const alice = new Chat('offer');
  const bob = new Chat('answer');
  t.after(() => [alice, bob].forEach((one) => one.process.kill()));
  const sdp = Buffer.from((await alice.until(/^offer /)).slice('offer '.length), 'base64').toString();
  const anothers = sdp.replace(/(a=fingerprint:sha-256 )(..)/i, (_, key, first) => key + (first === '00' ? '01' : '00'));
  assert.notEqual(anothers, sdp);
  bob.type(`offer ${Buffer.from(anothers).toString('base64')}`);
  alice.type(await bob.until(/^answer /));
  assert.equal(await bob.ended, 1);
});

test('every line of code that docs/embedding.md shows of the program is in it, in that order', () => {
  const source = readFileSync(`${root}/examples/embedding/main.cpp`, 'utf8').split('\n').map((line) => line.trim());
  const page = readFileSync(`${root}/docs/embedding.md`, 'utf8');
  const blocks = [...page.matchAll(/<!-- of the program -->\n```cpp\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(blocks.length >= 4, 'the four things are shown');
  for (const block of blocks) {
    let at = -1;
    for (const line of block.split('\n').map((one) => one.trim()).filter((one) => one !== '')) {
      at = source.indexOf(line, at + 1);
      assert.notEqual(at, -1, `"${line}" is not in examples/embedding/main.cpp, or not behind what stands before it`);
    }
  }
});
