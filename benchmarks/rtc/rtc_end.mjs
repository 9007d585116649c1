// node rtc_end.mjs libdatachannel|libwebrtc: another stack at the end of a connection, driven by the same lines as rtc_end.cpp.
// libdatachannel by its own interface, which is quicker than the W3C's on top of it; libwebrtc has the W3C's alone.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const kMostBuffered = 1 << 20;
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const encode = (text) => Buffer.from(text).toString('base64');
const decode = (text) => Buffer.from(text, 'base64').toString();

let bytes = 0;
let messages = 0;
let echo = false;
let pings = 0;
let pingAt = 0;
let times = [];

function heard(connection, channel, data) {
  ++messages;
  bytes += data.byteLength;
  if (echo) channel.send(data);
  if (pings === 0) return;
  times.push((performance.now() - pingAt) * 1000);
  if (--pings > 0) return ping(connection);
  times.sort((a, b) => a - b);
  say('pinged', times[Math.floor(times.length / 2)].toFixed(1), times[Math.floor(times.length * 0.99)].toFixed(1));
}

let pingMessage;
let lost;
function ping(connection) {
  pingAt = performance.now();
  clearTimeout(lost);
  lost = setTimeout(() => { if (pings > 0) ping(connection); }, 200); // nobody promises that it arrives
  connection.channels[1].send(pingMessage);
}

function withLibdatachannel(number) {
  const { PeerConnection } = require('node-datachannel');
  const pc = new PeerConnection(`c${number}`, { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true });
  const connection = { channels: [], open: 0 };
  pc.onLocalDescription((sdp, type) => say('description', number, type, encode(sdp)));
  pc.onLocalCandidate((candidate) => say('candidate', number, encode(candidate)));
  for (const [id, init] of [[0, {}], [1, { unordered: true, maxRetransmits: 0 }]]) {
    const channel = pc.createDataChannel(id === 0 ? 'reliable' : 'unreliable', { ...init, negotiated: true, id });
    const one = { send: (data) => channel.sendMessageBinary(data), buffered: () => channel.bufferedAmount(), low: undefined };
    channel.setBufferedAmountLowThreshold(kMostBuffered / 2);
    channel.onBufferedAmountLow(() => one.low?.());
    channel.onOpen(() => { if (++connection.open === 2) say('open', number); });
    channel.onMessage((data) => heard(connection, one, data));
    connection.channels.push(one);
  }
  connection.offer = () => pc.setLocalDescription('offer');
  connection.description = (type, sdp) => {
    pc.setRemoteDescription(sdp, type);
    if (type === 'offer') pc.setLocalDescription('answer');
  };
  connection.candidate = (candidate) => pc.addRemoteCandidate(candidate, '0');
  return connection;
}

function withLibwebrtc(number) {
  const { RTCPeerConnection } = require('@roamhq/wrtc');
  const pc = new RTCPeerConnection({ iceServers: [] });
  const connection = { channels: [], open: 0 };
  pc.onicecandidate = ({ candidate }) => { if (candidate?.candidate) say('candidate', number, encode(candidate.candidate)); };
  for (const [id, init] of [[0, {}], [1, { ordered: false, maxRetransmits: 0 }]]) {
    const channel = pc.createDataChannel(id === 0 ? 'reliable' : 'unreliable', { ...init, negotiated: true, id });
    channel.binaryType = 'arraybuffer';
    const one = { send: (data) => channel.send(data), buffered: () => channel.bufferedAmount, low: undefined };
    channel.bufferedAmountLowThreshold = kMostBuffered / 2;
    channel.onbufferedamountlow = () => one.low?.();
    channel.onopen = () => { if (++connection.open === 2) say('open', number); };
    channel.onmessage = ({ data }) => heard(connection, one, data);
    connection.channels.push(one);
  }
  const describe = async (made) => {
    await pc.setLocalDescription(await made);
    say('description', number, pc.localDescription.type, encode(pc.localDescription.sdp));
  };
  connection.offer = () => describe(pc.createOffer());
  connection.description = async (type, sdp) => {
    await pc.setRemoteDescription({ type, sdp });
    if (type === 'offer') await describe(pc.createAnswer());
  };
  connection.candidate = (candidate) => pc.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 }).catch(() => {});
  return connection;
}

const make = { libdatachannel: withLibdatachannel, libwebrtc: withLibwebrtc }[process.argv[2]];
const connections = new Map();

function bulk(channel, size, ms) {
  const message = Buffer.alloc(size, 7);
  const until = performance.now() + ms;
  let sent = 0;
  const fill = () => {
    while (channel.buffered() < kMostBuffered && performance.now() < until) {
      channel.send(message);
      ++sent;
    }
    if (performance.now() < until) return;
    channel.low = undefined;
    say('done', sent);
  };
  channel.low = fill;
  const tick = setInterval(() => {
    if (performance.now() >= until) clearInterval(tick);
    if (channel.low) fill();
  }, 5);
  fill();
}

function paced(channel, size, each, every, ms) {
  const message = Buffer.alloc(size, 7);
  const begin = performance.now();
  let due = 0;
  let sent = 0;
  const tick = () => {
    const passed = performance.now() - begin;
    if (passed >= ms) return say('done', sent);
    for (; due * every <= passed; ++due) {
      for (let i = 0; i < each; ++i) {
        channel.send(message);
        ++sent;
      }
    }
    setTimeout(tick, Math.max(0, due * every - passed));
  };
  tick();
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const [what, number, ...words] = line.split(' ');
  const numbers = words.map(Number);
  const connection = connections.get(number);
  if (what === 'quit') process.exit(0);
  else if (what === 'echo') echo = number === 'on';
  else if (what === 'report') {
    say('report', bytes, messages);
    bytes = messages = 0;
  } else if (what === 'new') connections.set(number, make(number));
  else if (what === 'offer') await connection.offer();
  else if (what === 'description') await connection.description(words[0], decode(words[1]));
  else if (what === 'candidate') await connection.candidate(decode(words[0]));
  else if (what === 'bulk') bulk(connection.channels[0], ...numbers);
  else if (what === 'flood') paced(connection.channels[1], numbers[0], numbers[1], 1, numbers[2]);
  else if (what === 'steady') paced(connection.channels[1], numbers[0], 1, 1000 / numbers[1], numbers[2]);
  else if (what === 'ping') {
    pingMessage = Buffer.alloc(numbers[0], 7);
    pings = numbers[1];
    times = [];
    ping(connection);
  }
}).on('close', () => process.exit(0));
