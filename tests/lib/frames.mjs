// The relay's frames (docs/relay.md), written by hand: a second reader and writer beside the C++ one.

export const kLanes = { reliable: 0, unreliable: 1, latest: 2, bulk: 3 };
const kReasons = ['malformed', 'too_large', 'off', 'no_such_peer', 'over_budget', 'full'];
const nameOf = (lane) => Object.keys(kLanes).find((name) => kLanes[name] === lane);

function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function header(text, again) {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length | (again ? 0x80 : 0)]), bytes]);
}

/// What a client sends. `to`: member ids, or nothing for all; `lane`: a name of kLanes, or "control".
export function dataFrame({ lane = 'reliable', to = [], payload = '', head = '', age = 0, key = 0, again = false }) {
  const parts = lane === 'control' ? [Buffer.from([2])] : [Buffer.from([1, kLanes[lane]]), u16(age), ...(lane === 'latest' ? [u32(key)] : [])];
  parts.push(Buffer.from([to.length]));
  if (to.length === 0) parts.push(header(head, again));
  for (const peer of to) parts.push(u16(peer), header(head, again));
  return Buffer.concat([...parts, Buffer.from(payload)]);
}

/// What the server sends: { kind, … }.
export function readFrame(data) {
  switch (data[0]) {
    case 1: return { kind: 'data', lane: nameOf(data[1]), from: data.readUInt16LE(2), body: data.subarray(4).toString('latin1') };
    case 2: return { kind: 'data', lane: 'control', from: data.readUInt16LE(1), body: data.subarray(3).toString('latin1') };
    case 3: return {
      kind: 'refusal', reason: kReasons[data[1]], peer: data.readUInt16LE(2), lane: nameOf(data[4]), wait: data.readUInt16LE(5), head: data.subarray(7).toString('latin1'),
    };
    case 4: return { kind: 'window', lane: nameOf(data[1]), peer: data.readUInt16LE(2), open: data[4] === 1 };
    default: throw new Error(`no frame: ${data.toString('hex')}`);
  }
}

export function sendFrame(member, frame) {
  member.socket.send(dataFrame(frame), { binary: true });
}
/// The next frame that a member gets; text messages before it are dropped.
export async function nextFrame(member, timeoutMs) {
  return readFrame((await member.next('(binary)', timeoutMs)).data);
}
