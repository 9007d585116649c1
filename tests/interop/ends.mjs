// The two ends of a connection under test: ours (peer.cpp) and that of another stack. Each is an object with `do(name, options)` and
// with what has happened so far; what they say to each other is carried from one to the other.

import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { startBrowser } from '../lib/browser.mjs';
import { w3cEnd } from './w3c_end.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/// An address of this machine that a browser gathers, too: it leaves the loopback out.
export function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((one) => one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
}

class End {
  constructor(name) {
    this.name = name;
    this.heard = [];
    this.waiting = new Set();
  }

  tell(event) {
    this.heard.push(event);
    this.onEvent?.(event);
    for (const look of [...this.waiting]) look();
  }

  all(what, match = () => true) {
    return this.heard.filter((event) => event.what === what && match(event));
  }

  /// Waits until so many events fit.
  async until(what, match = () => true, { count = 1, timeout = 20_000 } = {}) {
    const found = () => this.all(what, match);
    if (found().length < count) {
      await new Promise((resolve, reject) => {
        const look = () => {
          if (found().length < count) return;
          clearTimeout(timer);
          this.waiting.delete(look);
          resolve();
        };
        const timer = setTimeout(() => {
          this.waiting.delete(look);
          const last = this.heard.slice(-12).map((event) => JSON.stringify({ ...event, sdp: event.sdp && '…' })).join('\n  ');
          reject(new Error(`${this.name} heard ${found().length} of ${count} ${what} within ${timeout} ms; the last it heard:\n  ${last}`));
        }, timeout);
        this.waiting.add(look);
      });
    }
    return found();
  }
}

const decode = (text) => (text === '-' ? '' : Buffer.from(text, 'base64').toString());
const encode = (text) => (text === '' ? '-' : Buffer.from(text).toString('base64'));

class Ours extends End {
  constructor(flags) {
    super('ours');
    const program = process.env.PARLOR_INTEROP_PEER ?? fileURLToPath(new URL('../../build/release/bin/interop_peer', import.meta.url));
    assert.ok(existsSync(program), `${program} is not built`);
    this.labels = new Map();
    this.ids = new Map();
    this.process = spawn(program, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => { this.process.on('exit', (code, signal) => resolve(signal ?? code)); });
    createInterface({ input: this.process.stdout }).on('line', (line) => this.hear(line.split(' ')));
  }

  hear([what, ...words]) {
    if (what === 'description') return this.tell({ what, type: words[0], sdp: decode(words[1]) });
    if (what === 'candidate') return this.tell({ what, candidate: decode(words[0]), ufrag: words[1], mid: '0' });
    if (what === 'state') return this.tell({ what, state: words[0], reason: Number(words[1]), detail: decode(words[2]) });
    if (what === 'opened') {
      const label = decode(words[2]);
      this.labels.set(words[0], label);
      this.ids.set(label, words[0]);
      return this.tell({ what, label, protocol: decode(words[3]), ordered: words[4] === 'ordered', limit: words[5], id: Number(words[0]), byPeer: words[1] === 'peer' });
    }
    if (what === 'message') return this.tell({ what, label: this.labels.get(words[0]), kind: words[1], size: Number(words[2]), digest: Number(words[3]) });
    if (what === 'closed') return this.tell({ what, label: this.labels.get(words[0]) });
    return this.tell({ what, words });
  }

  say(...words) {
    this.process.stdin.write(`${words.join(' ')}\n`);
  }

  async do(name, options = {}) {
    if (name === 'description') return this.say('description', options.type, encode(options.sdp));
    if (name === 'candidate') return this.say('candidate', encode(options.candidate), options.ufrag || '-');
    if (name === 'open') {
      const { label, protocol = '', ordered = true, limit = 'reliable', id } = options;
      return this.say('open', encode(label), encode(protocol), ordered ? 'ordered' : 'unordered', limit, id ?? 'in-band');
    }
    if (name === 'send') return this.say('send', this.ids.get(options.label), options.kind, options.size, options.seed);
    if (name === 'closeChannel') return this.say('close-channel', this.ids.get(options.label));
    if (name === 'echo') return this.say('echo', options.on ? 'on' : 'off');
    return this.say(name);
  }

  async end() {
    this.process.stdin.end();
    const result = await this.ended;
    assert.equal(result, 0, 'our program ended in order');
  }
}

class InProcess extends End {
  constructor(stack, options) {
    super(stack);
    this.numbers = 0;
    this.open = new Map();
    this.process = fork(`${here}/stack_process.mjs`, [stack, JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.ready = new Promise((resolve, reject) => {
      this.process.on('exit', (code, signal) => {
        const error = new Error(`${stack} ended by itself: ${signal ?? code}`);
        reject(error);
        for (const { reject: refuse } of this.open.values()) refuse(error);
      });
      this.process.on('message', (message) => {
        if (message.ready) return resolve();
        if (message.event) return this.tell(message.event);
        const { resolve: settle, reject: refuse } = this.open.get(message.number);
        this.open.delete(message.number);
        return message.error === undefined ? settle(message.result) : refuse(new Error(`${stack}: ${message.error}`));
      });
    });
  }

  async do(name, options) {
    await this.ready;
    const number = ++this.numbers;
    return new Promise((resolve, reject) => {
      this.open.set(number, { resolve, reject });
      this.process.send({ number, name, options });
    });
  }

  async end() {
    this.process.removeAllListeners('exit');
    this.process.kill('SIGKILL');
  }
}

class InChromium extends End {
  constructor() {
    super('chromium');
  }

  static async start(browser, options) {
    const end = new InChromium();
    end.context = await browser.newContext();
    end.page = await end.context.newPage();
    await end.page.exposeFunction('tellTest', (event) => end.tell(event));
    await end.page.goto('about:blank');
    await end.page.evaluate(([text, given]) => {
      const make = (0, eval)(`(${text})`);
      globalThis.command = make(RTCPeerConnection, (event) => globalThis.tellTest(event), given);
    }, [w3cEnd.toString(), options]);
    return end;
  }

  async do(name, options) {
    return this.page.evaluate(([what, given]) => globalThis.command(what, given), [name, options]);
  }

  async end() {
    await this.context.close();
  }
}

// It gives an answer to ICE before it keeps the fingerprint that stands in it (PeerConnection::setRemoteDescription): where a way is
// found and DTLS gets to our certificate meanwhile, within a millisecond or two, it takes the certificate for a wrong one (alert 48).
// We hear of its addresses once it has the answer, therefore.
const kKeepsFingerprintLate = 'libdatachannel';

/// Tells an end one thing after the other: the next once it has taken the one before.
function inOrder(to) {
  let last = Promise.resolve();
  return (what, event) => {
    last = last.then(() => to.do(what, event)).catch((error) => to.tell({ what: 'error', text: String(error.message) }));
    return last;
  };
}

function withoutCandidates(description) {
  return { ...description, sdp: description.sdp.replaceAll(/^a=candidate:.*\r?\n/gm, '') };
}

/// Of a pair of ends what each says to the other, in the order in which it says it; but for candidates that wait for an answer.
function introduce(one, other) {
  let answered = false; // the latest offer has been, and who made it has the answer
  const waiting = [];

  function passOn(from, to) {
    const late = from.name === kKeepsFingerprintLate;
    const tellInOrder = inOrder(to);
    async function tellDescription(description) {
      const isOffer = description.type === 'offer';
      if (isOffer) answered = false;
      await tellInOrder('description', isOffer && late ? withoutCandidates(description) : description);
      if (isOffer) return;
      answered = true;
      for (const tell of waiting.splice(0)) tell();
    }
    function tellAfterAnswer(candidate) {
      if (answered) tellInOrder('candidate', candidate);
      else waiting.push(() => tellInOrder('candidate', candidate));
    }
    from.onEvent = ({ what, ...event }) => {
      if (what === 'description') tellDescription(event);
      else if (what === 'candidate' && late) tellAfterAnswer(event);
      else if (what === 'candidate') tellInOrder('candidate', event);
    };
  }
  passOn(one, other);
  passOn(other, one);
}

/// Both ends, introduced to each other; `stack` is chromium, libdatachannel, libwebrtc or werift. `flags` are ours.
export async function startPair(stack, { browser, flags = [], options = {} } = {}) {
  const ours = new Ours(['--address', ownAddress(), ...flags]);
  const theirs = stack === 'chromium' ? await InChromium.start(browser, options) : new InProcess(stack, options);
  introduce(ours, theirs);
  return {
    ours,
    theirs,
    async end() {
      await Promise.all([ours.end(), theirs.end()]);
    },
  };
}

export { startBrowser };
